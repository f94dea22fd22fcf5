namespace Headrace.Core;

/// <summary>An input to the shard. Commands are not events: the shard takes them from its mailbox.</summary>
internal abstract record ShardEvent
{
    /// <summary>The store finished the pending commit.</summary>
    public sealed record Committed(CommitResult Result) : ShardEvent;

    /// <summary>
    /// The rows requested by <see cref="ShardStep.Read"/>, read in one snapshot. Rows that do not exist are omitted.
    /// </summary>
    public sealed record RowsRead(RowRequest Request, IReadOnlyList<StoredRow> Rows) : ShardEvent;

    /// <summary>The rows requested by <see cref="ShardStep.Read"/> could not be read.</summary>
    public sealed record ReadFailed(RowRequest Request, Reason Why) : ShardEvent;

    /// <summary>A caller disconnected and no longer waits for its response.</summary>
    public sealed record CallerDisconnected(RequestId RequestId) : ShardEvent;

    /// <summary>Commands may have arrived, or the requested wake-up time has been reached.</summary>
    public sealed record Woke : ShardEvent
    {
        public static readonly Woke Instance = new();
    }

    /// <summary>All stored rows have been restored.</summary>
    public sealed record Loaded : ShardEvent;
}

/// <summary>An action that the shard requests. Actions are performed in order.</summary>
internal abstract record ShardStep
{
    public sealed record Load : ShardStep;

    public sealed record Commit(Batch Batch) : ShardStep;

    /// <summary>Publishes the responses and effects of a batch that is now durable (R1).</summary>
    public sealed record Publish(
        IReadOnlyList<(RequestId Ticket, Response Answer)> Responses,
        IReadOnlyList<Effect> Effects
    ) : ShardStep;

    /// <summary>
    /// Starts to read the rows for these commands. Each result arrives as <see cref="ShardEvent.RowsRead"/> or
    /// <see cref="ShardEvent.ReadFailed"/>; batches are built and committed in the meantime (R2).
    /// </summary>
    public sealed record Read(IReadOnlyList<RowRequest> Requests) : ShardStep;

    public sealed record WakeAt(Elapsed Elapsed) : ShardStep;

    /// <summary>The server no longer owns the store, or the store failed; the process must exit.</summary>
    public sealed record Stop(Reason Reason) : ShardStep;
}

/// <summary>The rows that a command needs.</summary>
internal readonly record struct RowRequest(RequestId RequestId, IReadOnlyList<RowKey> Keys)
{
    /// <summary>
    /// The number of the read. If a command reads again after a reload, it ignores the rows of its earlier read, which
    /// may still be running.
    /// </summary>
    public long Number { get; init; }
}
