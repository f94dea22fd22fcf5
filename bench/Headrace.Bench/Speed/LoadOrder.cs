namespace Headrace.Bench.Speed;

/// <summary>What the load process is to send. It goes to it as JSON, once.</summary>
/// <param name="Kind">One of <see cref="LoadKinds"/>.</param>
/// <param name="Connections">Requests on their way at once.</param>
internal sealed record LoadOrder(string Kind, int Connections)
{
    /// <summary>Jobs a request, where requests carry many.</summary>
    public int Batch { get; init; } = 1_000;

    /// <summary>Bytes of a job's body.</summary>
    public int BodyBytes { get; init; } = 64;

    /// <summary>Each submission carries an idempotency key, as the client library's do.</summary>
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
/// What the load process says of a round: jobs, or whatever the kind counts, the time from the first request to the
/// last effect, and its requests' milliseconds.
/// </summary>
internal sealed record LoadRound(long Count, double Seconds, double P50, double P99);
