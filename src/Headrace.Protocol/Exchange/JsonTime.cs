using System.Globalization;

namespace Headrace.Protocol.Exchange;

/// <summary>Parses durations and timestamps in the format of the proto3 JSON mapping.</summary>
internal static class JsonTime
{
    private const int MaxOffsetMinutes = 18 * 60;
    private const int DateTimeLength = 19;
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

    /// <summary>Parses a timestamp such as <c>2030-01-31T12:00:00.5Z</c>. An offset may replace the Z.</summary>
    public static bool TryReadTimestamp(ReadOnlySpan<char> text, out WireTime time)
    {
        time = default;
        if (text.Length <= DateTimeLength)
            return false;
        var zone = text[DateTimeLength..].IndexOfAny("Z+-");
        if (
            zone < 0
            || !DateTime.TryParseExact(
                text[..DateTimeLength],
                "yyyy-MM-dd'T'HH:mm:ss",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var at
            )
            || !TryReadFraction(text.Slice(DateTimeLength, zone), out var nanos)
            || !TryReadOffset(text[(DateTimeLength + zone)..], out var minutes)
        )
            return false;
        var ticks = at.Ticks - (minutes * TimeSpan.TicksPerMinute);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            return false;
        time = new WireTime((ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond, nanos);
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

    private static bool TryReadOffset(ReadOnlySpan<char> text, out int minutes)
    {
        minutes = 0;
        if (text is "Z")
            return true;
        if (
            text.Length != 6
            || text[3] != ':'
            || !int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(text[4..], NumberStyles.None, CultureInfo.InvariantCulture, out minutes)
            || minutes > 59
        )
            return false;
        minutes += hours * 60;
        // RFC 3339 reserves -00:00 for an unknown local offset.
        if (minutes > MaxOffsetMinutes || text is "-00:00")
            return false;
        if (text[0] == '-')
            minutes = -minutes;
        return true;
    }
}
