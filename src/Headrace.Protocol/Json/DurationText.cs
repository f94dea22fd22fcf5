using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses and formats durations: a number and one of the units ms, s, m, h and d, such as <c>"15s"</c>, <c>"5ms"</c> or
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

    /// <summary>The expected format of a duration, for error messages.</summary>
    public const string Format = "a number and a unit of ms, s, m, h or d, such as \"15s\"";

    /// <summary>Parses a duration. Returns false for any other text, and for a negative or infinite duration.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text))
            return false;
        foreach (var (unit, length) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (
                !double.TryParse(
                    text.AsSpan(0, text.Length - unit.Length),
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var number
                )
            )
                continue;
            if (number * length.TotalDays > 36_500)
                return false;
            duration = length * number;
            return true;
        }
        return false;
    }

    /// <summary>Formats a duration in the largest unit of which it is a whole multiple.</summary>
    public static string ToText(TimeSpan duration)
    {
        foreach (var (unit, length) in Units.Reverse())
            if (duration >= length && duration.Ticks % length.Ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###}ms");
    }
}
