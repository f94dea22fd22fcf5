using System.Buffers;
using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses and formats durations: a number followed by a unit (ms, s, m, h or d), such as <c>"15s"</c>, <c>"5ms"</c> or
/// <c>"1.5h"</c>.
/// </summary>
public static class DurationText
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>The expected format of a duration, for error messages.</summary>
    public const string Format = "a number followed by a unit (ms, s, m, h or d), such as \"15s\"";

    /// <summary>
    /// The maximum duration: a hundred years. Durations can be added to any time without an overflow.
    /// </summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(36_500);

    /// <summary>
    /// Parses a duration: ASCII digits with at most one decimal point, and a unit. Returns false for any other text and
    /// for a duration that exceeds <see cref="Max"/>.
    /// </summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text))
            return false;
        foreach (var (unit, length) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            var digits = text.AsSpan(0, text.Length - unit.Length);
            if (digits.ContainsAnyExcept(NumberCharacters) || !NumberText.TryParse(digits, out var number))
                continue;
            if (number * length.TotalDays > Max.TotalDays)
                return false;
            duration = length * number;
            return true;
        }
        return false;
    }

    /// <summary>Formats a duration in the largest unit that divides it evenly.</summary>
    public static string ToText(TimeSpan duration)
    {
        foreach (var (unit, length) in Units.Reverse())
            if (duration >= length && duration.Ticks % length.Ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###}ms");
    }
}
