using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Reads times as RFC 3339 defines them: with an offset, an optional fraction of any length, and letters in upper or
/// lower case. The fraction is truncated to 100 ns. A leap second is read as the following second.
/// </summary>
public static class Rfc3339
{
    /// <summary>The expected format of a time, for error messages.</summary>
    public const string Format = "an RFC 3339 date and time with a UTC offset, for example 2030-01-31T12:00:00Z";

    private const int DateTimeLength = 19;
    private const int MaxOffsetHours = 23;

    /// <summary>The number of fractional digits that are read. Further ones are ignored.</summary>
    private const int NanoDigits = 9;

    /// <summary>Parses a time. Returns false for any other text, and for a time without an offset.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time) => TryParse(text, out time, out _);

    /// <summary>Parses a time, with the nanoseconds that a tick cannot represent.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time, truncated to 100 ns.</param>
    /// <param name="nanos">The nanoseconds since the start of the second.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time, out int nanos)
    {
        (time, nanos) = (default, 0);
        if (text.Length <= DateTimeLength)
            return false;
        Span<char> local = stackalloc char[DateTimeLength];
        text[..DateTimeLength].CopyTo(local);
        if (local[10] == 't')
            local[10] = 'T';
        var isLeapSecond = local is [.., ':', '6', '0'];
        if (isLeapSecond)
            (local[17], local[18]) = ('5', '9');
        var rest = text[DateTimeLength..];
        if (
            !DateTime.TryParseExact(
                local,
                "yyyy-MM-dd'T'HH:mm:ss",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var at
            )
            || !TryReadFraction(ref rest, out nanos)
            || !TryReadOffset(rest, out var offset)
        )
            return false;
        var ticks = at.Ticks - offset.Ticks;
        if (isLeapSecond)
        {
            // Leap seconds are inserted at the end of a day in UTC.
            if ((ticks + TimeSpan.TicksPerSecond) % TimeSpan.TicksPerDay != 0)
                return false;
            (ticks, nanos) = (ticks + TimeSpan.TicksPerSecond, 0);
        }
        ticks += nanos / TimeSpan.NanosecondsPerTick;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            return false;
        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    private static bool TryReadFraction(ref ReadOnlySpan<char> text, out int nanos)
    {
        nanos = 0;
        if (text is not ['.', ..])
            return true;
        text = text[1..];
        var count = 0;
        for (; count < text.Length && char.IsAsciiDigit(text[count]); count++)
            if (count < NanoDigits)
                nanos = (nanos * 10) + (text[count] - '0');
        for (var i = count; i < NanoDigits; i++)
            nanos *= 10;
        text = text[count..];
        return count > 0;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "Z" or "z")
            return true;
        if (
            text is not ['+' or '-', _, _, ':', _, _]
            || !int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(text[4..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || hours > MaxOffsetHours
            || minutes > 59
        )
            return false;
        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return true;
    }
}
