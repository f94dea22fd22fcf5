using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Stores retry options in one column: a JSON object with the members that are set, or NULL if none are set. Durations
/// are in microseconds. The number of a job's retries is in a separate column.
/// </summary>
internal static class RetryColumn
{
    /// <summary>
    /// Returns the delays of a policy without the number of retries; no options if the delays are the defaults.
    /// </summary>
    public static RetryOptions DelaysOf(RetryPolicy policy) =>
        policy.HasDefaultDelays ? RetryOptions.None : policy.ToOptions() with { Max = null };

    public static void Put(Statement into, RetryOptions options)
    {
        if (options == RetryOptions.None)
            into.BindNull();
        else
            into.Bind(ToJson(options));
    }

    public static RetryOptions Take(Statement from) =>
        from.ReadBytesOrNull() is { } json ? FromJson(json) : RetryOptions.None;

    private static byte[] ToJson(RetryOptions options)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            if (options.Max is { } max)
                writer.WriteNumber("max", max);
            if (options.Delay is { } delay)
                writer.WriteNumber("delay", Micros(delay));
            if (options.Factor is { } factor)
                writer.WriteNumber("factor", factor);
            if (options.MaxDelay is { } maxDelay)
                writer.WriteNumber("maxDelay", Micros(maxDelay));
            if (options.Jitter is { } jitter)
                writer.WriteNumber("jitter", jitter);
            writer.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static RetryOptions FromJson(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new RetryOptions
        {
            Max = root.TryGetProperty("max", out var max) ? max.GetInt32() : null,
            Delay = Duration(root, "delay"),
            Factor = root.TryGetProperty("factor", out var factor) ? factor.GetDouble() : null,
            MaxDelay = Duration(root, "maxDelay"),
            Jitter = root.TryGetProperty("jitter", out var jitter) ? jitter.GetDouble() : null,
        };
    }

    private static TimeSpan? Duration(JsonElement root, string member) =>
        root.TryGetProperty(member, out var micros) ? TimeSpan.FromMicroseconds(micros.GetInt64()) : null;

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
