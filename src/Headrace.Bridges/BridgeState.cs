namespace Headrace.Bridges;

/// <summary>What a bridge is doing.</summary>
internal enum BridgeState
{
    /// <summary>The bridge is connecting to the broker for the first time.</summary>
    Starting,

    /// <summary>The bridge is transferring messages and results.</summary>
    Running,

    /// <summary>
    /// The server currently cannot accept jobs, so the bridge takes no messages. Results are still published.
    /// </summary>
    Waiting,

    /// <summary>
    /// At least one side cannot use the broker or the server, and keeps trying. A side that is working is not affected.
    /// </summary>
    Failing,

    /// <summary>An operator paused the bridge.</summary>
    Paused,
}

/// <summary>A snapshot of the state of a bridge and its counters since the server started.</summary>
internal sealed record BridgeStatus
{
    public required BridgeState State { get; init; }

    /// <summary>Why the bridge is waiting or failing; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>The latest error, and when it occurred; null if there was none.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastErrorAt { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public long Accepted { get; init; }

    public long Rejected { get; init; }

    public long Published { get; init; }

    /// <summary>Number of results that the feed delivered again even though the broker already had them.</summary>
    public long Repeated { get; init; }

    /// <summary>Number of messages taken but not yet settled.</summary>
    public int MessagesInFlight { get; init; }

    /// <summary>Number of results pulled but not yet acknowledged.</summary>
    public int ResultsInFlight { get; init; }

    /// <summary>Number of messages waiting in the broker; null until they are counted.</summary>
    public long? MessagesWaiting { get; init; }

    /// <summary>Number of results waiting to be published; null until they are counted.</summary>
    public long? ResultsWaiting { get; init; }

    /// <summary>Messages accepted per second, averaged over the last ten seconds.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Results published per second, averaged over the last ten seconds.</summary>
    public double PublishedPerSecond { get; init; }
}
