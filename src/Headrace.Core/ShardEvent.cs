namespace Headrace.Core;

/// <summary>What happens to a shard.</summary>
internal abstract record ShardEvent
{
    /// <summary>A command has come. It is applied with all else that waits, when the shard wakes.</summary>
    public sealed record Arrived(Ticket Ticket, Command Command) : ShardEvent;

    /// <summary>The journal has answered the commit in flight.</summary>
    public sealed record Committed(CommitResult Result) : ShardEvent;

    /// <summary>
    /// The rows that <see cref="ShardStep.Read"/> asked for, in one snapshot; absent ones are absent.
    /// </summary>
    public sealed record RowsRead(Ticket Ticket, IReadOnlyList<StoredRow> Rows) : ShardEvent;

    /// <summary>A caller does not wait any more.</summary>
    public sealed record Gone(Ticket Ticket) : ShardEvent;

    /// <summary>Nothing more waits in the inbox, or the time asked for has come.</summary>
    public sealed record Woke : ShardEvent;

    /// <summary>Every stored row has been restored.</summary>
    public sealed record Loaded : ShardEvent;
}

/// <summary>What the loop must do for a shard, in this order.</summary>
internal abstract record ShardStep
{
    public sealed record Load : ShardStep;

    public sealed record Commit(Batch Batch) : ShardStep;

    /// <summary>Let answers and effects out: their batch is durable (R1).</summary>
    public sealed record Release(IReadOnlyList<(Ticket Ticket, Answer Answer)> Answers, IReadOnlyList<Effect> Effects)
        : ShardStep;

    /// <summary>Read these rows; the event <see cref="ShardEvent.RowsRead"/> brings them (R2).</summary>
    public sealed record Read(Ticket Ticket, IReadOnlyList<RowKey> Keys) : ShardStep;

    public sealed record WakeAt(Elapsed Elapsed) : ShardStep;

    /// <summary>This ownership is over, and the process must end.</summary>
    public sealed record Stop(string Why) : ShardStep;
}
