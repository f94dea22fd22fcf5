namespace Headrace.Bridges;

/// <summary>What a bridge is doing.</summary>
internal enum BridgeState
{
    /// <summary>The bridge connects to the broker for the first time.</summary>
    Starting,

    /// <summary>Messages and results pass.</summary>
    Running,

    /// <summary>The server cannot accept jobs at present, so the bridge takes no messages. Results pass.</summary>
    Waiting,

    /// <summary>
    /// The broker or the server cannot be used on one side or both. The bridge tries again, and the other side works.
    /// </summary>
    Failing,

    /// <summary>An operator has paused the bridge.</summary>
    Paused,
}

/// <summary>The state of a bridge and what has passed since the server started, at one moment.</summary>
internal sealed record BridgeStatus
{
    public required BridgeState State { get; init; }

    /// <summary>Why the bridge waits or fails; null while it runs.</summary>
    public string? Reason { get; init; }

    /// <summary>The latest error, and when it occurred; null if there was none.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastErrorAt { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public long Accepted { get; init; }

    public long Rejected { get; init; }

    public long Published { get; init; }

    /// <summary>Results that the feed delivered again, and that the broker had already.</summary>
    public long Repeated { get; init; }

    /// <summary>Messages that are taken and not settled.</summary>
    public int MessagesInFlight { get; init; }

    /// <summary>Results that are pulled and not acknowledged.</summary>
    public int ResultsInFlight { get; init; }

    /// <summary>Messages that wait in the broker; null if they have not been counted yet.</summary>
    public long? MessagesWaiting { get; init; }

    /// <summary>Results that wait to be published; null if they have not been counted yet.</summary>
    public long? ResultsWaiting { get; init; }

    /// <summary>Messages accepted per second, over the last ten seconds.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Results published per second, over the last ten seconds.</summary>
    public double PublishedPerSecond { get; init; }
}
