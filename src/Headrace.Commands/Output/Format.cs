using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Commands.Output;

/// <summary>Formats values from replies, such as times, sizes and job outcomes.</summary>
public static class Format
{
    public static string Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type)
        ?? throw new InvalidDataException($"The result is null, not a {typeof(T).Name}.");

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Formats a number of things, such as <c>1 job</c> or <c>2 jobs</c>.</summary>
    public static string Count(long number, string noun) => $"{Number(number)} {noun}{(number == 1 ? "" : "s")}";

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>
    /// Formats a duration with up to about three significant digits: <c>3 ms</c>, <c>1.25 s</c>, <c>2 h 5 min</c>.
    /// </summary>
    public static string Duration(TimeSpan time) =>
        time switch
        {
            { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms"),
            { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
            { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
            { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.Days} d {time.Hours} h"),
        };

    /// <summary>Formats a size. The units are powers of 1,024, as in <see cref="SizeText"/>.</summary>
    public static string Size(long? bytes) =>
        bytes switch
        {
            null => "-",
            < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 10):0.0} KB"),
            < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GB"),
        };

    /// <summary>Formats the retention of ended jobs, such as <c>7d, 8.0 GB</c>.</summary>
    public static string Keep(KeepLimit keep)
    {
        ArgumentNullException.ThrowIfNull(keep);
        return $"{keep.Age}, {Size(keep.Bytes)}";
    }

    /// <summary>Formats the state and reason of a job, such as <c>failed (exhausted)</c>.</summary>
    public static string State(JobReply job) => job.Reason is null ? job.State : $"{job.State} ({job.Reason})";

    /// <summary>
    /// Formats the state, reason and error of a job on one line, such as <c>failed (exhausted): ValueError: disk
    /// full</c>.
    /// </summary>
    public static string End(JobReply job)
    {
        if (job.Error is not { } error)
            return State(job);
        // A type that only repeats the reason is left out, and so is that of an error without one.
        var isPlain =
            error.Type is "" or "Error"
            || error.Type.Equals(
                job.Reason?.Replace("-", "", StringComparison.Ordinal),
                StringComparison.OrdinalIgnoreCase
            );
        return isPlain ? $"{State(job)}: {error.Message}" : $"{State(job)}: {error.Type}: {error.Message}";
    }
}
