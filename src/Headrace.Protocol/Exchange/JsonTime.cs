using System.Globalization;
using Headrace.Protocol.Json;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Parses durations and timestamps of worker messages. A timestamp is read as everywhere else. A duration has the form
/// of the proto3 JSON mapping, with a sign and nanoseconds, and not that of the options, which
/// <see cref="DurationText"/> parses.
/// </summary>
internal static class JsonTime
{
    private const int MaxFractionDigits = 9;

    /// <summary>Parses a duration such as <c>-1.5s</c>.</summary>
    public static bool TryReadDuration(ReadOnlySpan<char> text, out WireTime time)
    {
        time = default;
        if (!text.EndsWith("s", StringComparison.Ordinal))
            return false;
        text = text[..^1];
        var isNegative = text.StartsWith("-", StringComparison.Ordinal);
        if (isNegative)
            text = text[1..];
        var point = text.IndexOf('.');
        var digits = point < 0 ? text : text[..point];
        if (
            (digits.Length > 1 && digits[0] == '0')
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || !TryReadFraction(point < 0 ? "" : text[point..], out var nanos)
        )
            return false;
        time = isNegative ? new WireTime(-seconds, -nanos) : new WireTime(seconds, nanos);
        return time.IsDuration;
    }

    /// <summary>Parses a timestamp such as <c>2030-01-31T12:00:00.5Z</c>.</summary>
    public static bool TryReadTimestamp(ReadOnlySpan<char> text, out WireTime time)
    {
        time = default;
        if (!Rfc3339.TryParse(text, out var at, out var nanos))
            return false;
        time = new WireTime(at.ToUnixTimeSeconds(), nanos);
        return true;
    }

    /// <summary>Parses an optional fraction: a decimal point followed by one to nine digits.</summary>
    private static bool TryReadFraction(ReadOnlySpan<char> text, out int nanos)
    {
        nanos = 0;
        if (text.IsEmpty)
            return true;
        var digits = text[1..];
        if (
            text[0] != '.'
            || digits.Length is 0 or > MaxFractionDigits
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out nanos)
        )
            return false;
        for (var i = digits.Length; i < MaxFractionDigits; i++)
            nanos *= 10;
        return true;
    }
}
