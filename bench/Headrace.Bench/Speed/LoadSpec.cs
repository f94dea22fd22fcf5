using System.Text.Json.Serialization;

namespace Headrace.Bench.Speed;

/// <summary>Specifies what the load process sends. The process receives this specification once, as JSON.</summary>
/// <param name="Kind">One of <see cref="LoadKinds"/>.</param>
/// <param name="Connections">The number of concurrent requests.</param>
internal sealed record LoadSpec(string Kind, int Connections)
{
    /// <summary>The method of the jobs, for loads that submit batches.</summary>
    public string Method { get; init; } = "noop";

    /// <summary>The number of jobs per request, for loads that submit batches.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>The size of a job's body in bytes, if it has no params.</summary>
    public int BodyBytes { get; init; } = 64;

    /// <summary>The params of a job as JSON, for loads of any method; null if the jobs have a body instead.</summary>
    public string? Params { get; init; }

    /// <summary>The number of jobs per second, for loads that have a constant rate.</summary>
    public int PerSecond { get; init; }

    /// <summary>Whether each submission has an idempotency key, as submissions from the client library do.</summary>
    public bool Keys { get; init; }

    /// <summary>Gets a job as JSON, in the form in which it is submitted.</summary>
    [JsonIgnore]
    public string JobJson =>
        Params is null
            ? $"{{\"method\":\"{Method}\",\"body\":\"{new string('x', BodyBytes)}\"}}"
            : $"{{\"method\":\"{Method}\",\"params\":{Params}}}";
}

/// <summary>The kinds of load.</summary>
internal static class LoadKinds
{
    public const string Protobuf = "protobuf";
    public const string Jsonl = "jsonl";
    public const string Client = "client";
    public const string Single = "single";
    public const string Paced = "paced";
    public const string Waiting = "waiting-post";
    public const string PostThenGet = "post-then-get";
    public const string Payload = "payload";
    public const string Pages = "pages";
    public const string Fill = "fill";
}

/// <summary>
/// The load process's report on one round: the number of jobs (or of the units that its kind of load counts), the time
/// in seconds from the first request until the last one has taken effect, and the latency of the requests in
/// milliseconds.
/// </summary>
internal sealed record LoadRound(long Count, double Seconds, double P50, double P99);
