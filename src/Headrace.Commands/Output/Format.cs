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

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    public static string Size(long? bytes) =>
        bytes switch
        {
            null => "-",
            < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0:0.0} KB"),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0.0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000_000.0:0.0} GB"),
        };

    /// <summary>State, reason and error of a job in one line: <c>failed (exhausted): disk full</c>.</summary>
    public static string End(JobReply job)
    {
        var reason = job.Reason is null ? "" : $" ({job.Reason})";
        return job.Error is null ? job.State + reason : $"{job.State}{reason}: {job.Error.Message}";
    }
}
