namespace Headrace.Bench.Speed;

/// <summary>What the load process sends. It receives this once, as JSON.</summary>
/// <param name="Kind">One of <see cref="LoadKinds"/>.</param>
/// <param name="Connections">Concurrent requests.</param>
internal sealed record LoadSpec(string Kind, int Connections)
{
    /// <summary>Jobs per request, if a request carries many.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>Size of a job's body.</summary>
    public int BodyBytes { get; init; } = 64;

    /// <summary>Whether each submission has an idempotency key, as the client library's submissions do.</summary>
    public bool Keys { get; init; }
}

/// <summary>The kinds of load.</summary>
internal static class LoadKinds
{
    public const string Protobuf = "protobuf";
    public const string Jsonl = "jsonl";
    public const string Client = "client";
    public const string Single = "single";
    public const string Waiting = "waiting-post";
    public const string PostThenGet = "post-then-get";
    public const string Payload = "payload";
    public const string Pages = "pages";
    public const string Fill = "fill";
}

/// <summary>
/// What the load process reports about a round: the number of jobs, or of the unit of its kind; the time from the first
/// request to the last effect; and the latency of its requests in milliseconds.
/// </summary>
internal sealed record LoadRound(long Count, double Seconds, double P50, double P99);
