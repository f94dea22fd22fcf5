using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// What the broker says to a command. It leaves when the batch in which it was computed is durable (R1).
/// </summary>
internal abstract record Answer
{
    /// <summary>One result a job, in the order of the submission.</summary>
    public sealed record Submitted(IReadOnlyList<SubmitResult> Results) : Answer;

    /// <summary>
    /// The command needs rows that are not in memory: the loop reads them and submits it again with what it found (R2).
    /// Never leaves the shard.
    /// </summary>
    public sealed record Need(IReadOnlyList<RowKey> Keys) : Answer;

    /// <summary>A live job; <paramref name="Why"/> says what it waits for, in words.</summary>
    public sealed record Live(JobRow Job, string? Why) : Answer;

    /// <summary>The job has ended, just now.</summary>
    public sealed record Ended(DoneRow Job) : Answer;

    /// <summary>Not live in memory: it ended before, or never was. The store knows.</summary>
    public sealed record NotLive : Answer;

    /// <summary>The running attempt has been asked to stop.</summary>
    public sealed record CancelWanted(JobRow Job) : Answer;

    /// <summary>What a feed is given, oldest first.</summary>
    public sealed record Pulled(IReadOnlyList<PulledEnd> Ends) : Answer;

    /// <summary>
    /// What waits; <paramref name="Held"/> says why nothing is started at all, null where things are.
    /// </summary>
    public sealed record Demand(IReadOnlyList<DemandView> Lanes, string? Held) : Answer;

    public sealed record Queues(IReadOnlyList<QueueView> Items) : Answer;

    public sealed record Methods(IReadOnlyList<MethodView> Items) : Answer;

    public sealed record Workers(IReadOnlyList<WorkerView> Items) : Answer;

    /// <summary>The reply to an exchange or a report. Bodies are filled in after the commit (R15).</summary>
    public sealed record Exchanged(long Number) : Answer
    {
        public IReadOnlyList<JobRow> Leases { get; init; } = [];
        public IReadOnlyList<(LeaseToken Lease, Verdict Verdict)> Recorded { get; init; } = [];

        /// <summary>Listed leases that are not the sender's any more.</summary>
        public IReadOnlyList<LeaseToken> Stop { get; init; } = [];

        public IReadOnlyList<(LeaseToken Lease, Wanted Wanted)> Wanted { get; init; } = [];
        public bool Drain { get; init; }

        /// <summary>Why this incarnation is over; null while it is not.</summary>
        public string? EndedWhy { get; init; }
    }

    /// <summary>Done; there is nothing to tell.</summary>
    public sealed record Noted : Answer;

    public sealed record Refused(Refusal Refusal) : Answer;
}

/// <summary>
/// An accepted job's id and state, or why it was refused. The job of a repeated key may have ended: then its state is
/// <see cref="JobState.None"/> here, and the store knows it.
/// </summary>
internal readonly record struct SubmitResult(JobId Id, JobState State, Refusal? Refusal)
{
    /// <summary>The key had been used before: this is the job of that time (R17).</summary>
    public bool Repeated { get; init; }
}

/// <summary>The kinds of refusal; each has a page at <c>/problems/NAME</c>.</summary>
internal enum RefusalKind
{
    BadRequest,
    UnknownMethod,
    KeyReused,
    Unstorable,
    QueueFull,
    Unavailable,
    StorageFull,
}

/// <summary>The two bounds of a queue (R13).</summary>
internal enum QueueBound
{
    Jobs,
    Bytes,
}

/// <summary>Why something was not accepted, with the values that matter and the remedy.</summary>
internal sealed record Refusal(RefusalKind Kind, string Detail)
{
    /// <summary>
    /// The bound that a full queue has reached. The server, which knows its settings, adds how to raise it.
    /// </summary>
    public QueueBound? Bound { get; init; }

    /// <summary>When to come back; null where that does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

internal sealed record QueueView(
    QueueName Name,
    long MaxJobs,
    long MaxBytes,
    long Jobs,
    long Bytes,
    Instant? OldestReady,
    IReadOnlyList<CounterRow> Counts
);

/// <summary>The ready jobs of a lane, and how long the oldest of them has waited.</summary>
internal sealed record DemandView(QueueName Queue, MethodRef Method, int Ready, TimeSpan Oldest);

internal sealed record MethodView(MethodName Name, int Version, string Schema, int Workers)
{
    /// <summary>The method's name without a version stands for this one now.</summary>
    public bool IsDefault { get; init; }

    public string ResultSchema { get; init; } = "";

    public int Slots { get; init; } = 1;

    /// <summary>What its workers run it on, for people: each word once.</summary>
    public IReadOnlyList<string> RunsOn { get; init; } = [];
}

internal sealed record WorkerView(
    WorkerName Name,
    Incarnation Incarnation,
    string Pool,
    Instant Joined,
    int Slots,
    int Prefetch,
    bool Draining,
    TimeSpan Silent,
    IReadOnlyList<MethodRef> Offers,
    IReadOnlyList<LeaseToken> Leases
)
{
    /// <summary>How long it has held nothing; zero while it holds something.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>One of its leases is of a method of which two attempts must never run at once (R11).</summary>
    public bool HoldsExclusive { get; init; }
}
