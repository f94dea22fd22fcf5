namespace Headrace.Core;

/// <summary>An input to the shard.</summary>
internal abstract record ShardEvent
{
    /// <summary>
    /// A command arrived. It is applied together with all other waiting commands when the shard wakes.
    /// </summary>
    public sealed record CommandArrived(RequestId RequestId, Command Command) : ShardEvent;

    /// <summary>The store finished the pending commit.</summary>
    public sealed record Committed(CommitResult Result) : ShardEvent;

    /// <summary>
    /// The rows requested by <see cref="ShardStep.Read"/>, read in one snapshot. Rows that do not exist are omitted.
    /// </summary>
    public sealed record RowsRead(RequestId RequestId, IReadOnlyList<StoredRow> Rows) : ShardEvent;

    /// <summary>A caller disconnected and no longer waits for its response.</summary>
    public sealed record CallerDisconnected(RequestId RequestId) : ShardEvent;

    /// <summary>The mailbox is empty, or the requested wake-up time has been reached.</summary>
    public sealed record Woke : ShardEvent;

    /// <summary>All stored rows have been restored.</summary>
    public sealed record Loaded : ShardEvent;
}

/// <summary>An action for the loop to perform. Actions are performed in order.</summary>
internal abstract record ShardStep
{
    public sealed record Load : ShardStep;

    public sealed record Commit(Batch Batch) : ShardStep;

    /// <summary>Publishes the responses and effects of a batch that is now durable (R1).</summary>
    public sealed record Publish(
        IReadOnlyList<(RequestId Ticket, Response Answer)> Responses,
        IReadOnlyList<Effect> Effects
    ) : ShardStep;

    /// <summary>Reads rows; the result arrives as <see cref="ShardEvent.RowsRead"/> (R2).</summary>
    public sealed record Read(RequestId RequestId, IReadOnlyList<RowKey> Keys) : ShardStep;

    public sealed record WakeAt(Elapsed Elapsed) : ShardStep;

    /// <summary>The server no longer owns the store, or the store failed; the process must exit.</summary>
    public sealed record Stop(string Reason) : ShardStep;
}
