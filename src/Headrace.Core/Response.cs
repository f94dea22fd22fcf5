using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>
/// The broker's response to a command. It is published once the batch that produced it is durable (R1).
/// </summary>
internal abstract partial record Response
{
    /// <summary>One result per job, in submission order.</summary>
    public sealed record Submitted(IReadOnlyList<SubmitResult> Results) : Response;

    /// <summary>
    /// The command needs rows that are not in memory. The shard loop reads them and resubmits the command with the rows
    /// it found (R2). This response never leaves the shard.
    /// </summary>
    public sealed record ReadRequired(IReadOnlyList<RowKey> Keys) : Response;

    /// <summary>
    /// An unfinished job; <paramref name="Explanation"/> explains in one sentence what it is waiting for.
    /// </summary>
    public sealed record Live(JobRow Job, string? Explanation) : Response;

    /// <summary>The job ended while this command was being processed.</summary>
    public sealed record Ended(DoneRow Job) : Response;

    /// <summary>The job is not in memory: it has ended or never existed. The caller looks it up in the store.</summary>
    public sealed record NotLive : Response;

    /// <summary>A stop was requested for the running attempt.</summary>
    public sealed record CancelRequested(JobRow Job) : Response;

    /// <summary>The ended job is unfinished again.</summary>
    public sealed record Retried(JobRow Job) : Response;

    /// <summary>The sweep that the command created, advanced or stopped, or the list of sweeps.</summary>
    public sealed record Sweeps(IReadOnlyList<SweepRow> Items) : Response
    {
        /// <summary>True if an earlier command with the same idempotency key created the sweep.</summary>
        public bool Repeated { get; init; }
    }

    /// <summary>The completions delivered to a feed, oldest first.</summary>
    public sealed record Pulled(IReadOnlyList<DeliveredCompletion> Completions) : Response
    {
        /// <summary>The epoch of the delivery tokens; 0 if the completions need no acknowledgement.</summary>
        public long Epoch { get; init; }

        /// <summary>The number of completions that were deleted before the feed acknowledged them.</summary>
        public long Expired { get; init; }
    }

    /// <summary>Messages that the caller now holds, in serving order.</summary>
    public sealed record MessagesPulled(IReadOnlyList<JobRow> Messages) : Response;

    /// <summary>There may now be something for a waiting pull. The caller repeats its pull.</summary>
    public sealed record PullAgain : Response;

    /// <summary>
    /// The number of deliveries that were acknowledged or released, the number that had already been acknowledged, and
    /// the number ignored because the feed was moved or another consumer holds them.
    /// </summary>
    public sealed record Settled(int Deliveries, int Repeated, int Ignored) : Response;

    /// <summary>If <paramref name="IsLast"/> is false, the list continues after the last of these feeds.</summary>
    public sealed record Feeds(IReadOnlyList<FeedView> Items, bool IsLast = true) : Response
    {
        /// <summary>True if the command created the feed.</summary>
        public bool IsNew { get; init; }
    }

    /// <summary>
    /// The ready jobs in each lane. <paramref name="PausedReason"/> is the reason why claims are paused; null if claims
    /// are not paused.
    /// </summary>
    public sealed record Demand(IReadOnlyList<DemandView> Lanes, string? PausedReason) : Response;

    /// <summary>The registry writes were applied. Contains the version of each write.</summary>
    public sealed record RegistryWritten(IReadOnlyList<long> Versions) : Response;

    /// <summary>Nothing was written to the registry because a document did not have the expected version.</summary>
    public sealed record RegistryConflict(RegistryFault.Conflict Conflict) : Response;

    /// <summary>
    /// The number of expired jobs that were deleted. If <paramref name="HasMore"/> is false, no further job has expired
    /// yet.
    /// </summary>
    public sealed record ExpiredDeleted(int Jobs, bool HasMore) : Response
    {
        /// <summary>True if the oldest job expired long ago, because jobs end faster than they are deleted.</summary>
        public bool IsBehind { get; init; }
    }

    /// <summary>The job was deleted.</summary>
    public sealed record Deleted(EndedJob Job) : Response;

    /// <summary>The number of ready jobs that were cancelled, and the number of jobs that are still ready.</summary>
    public sealed record Purged(int Jobs, long Ready) : Response;

    /// <summary>If <paramref name="IsLast"/> is false, the list continues after the last of these queues.</summary>
    public sealed record HistoryList(IReadOnlyList<HistoryView> Items, bool IsLast = true) : Response;

    /// <summary>If <paramref name="IsLast"/> is false, the list continues after the last of these queues.</summary>
    public sealed record Queues(IReadOnlyList<QueueView> Items, bool IsLast = true) : Response;

    /// <summary>If <paramref name="IsLast"/> is false, the list continues after the last of these methods.</summary>
    public sealed record Methods(IReadOnlyList<MethodView> Items, bool IsLast = true) : Response;

    public sealed record Workers(IReadOnlyList<WorkerView> Items) : Response;

    /// <summary>The reply to an exchange or a report. Job bodies are added after the commit (R15).</summary>
    public sealed record Exchanged(long Number) : Response
    {
        public IReadOnlyList<JobRow> Leases { get; init; } = [];
        public IReadOnlyList<(LeaseToken Lease, AckStatus Verdict)> Acks { get; init; } = [];

        /// <summary>Leases that the worker listed but no longer holds.</summary>
        public IReadOnlyList<LeaseToken> Revoked { get; init; } = [];

        public IReadOnlyList<(LeaseToken Lease, StopReason Reason)> StopRequests { get; init; } = [];
        public bool Drain { get; init; }

        /// <summary>
        /// The worker's refused offers, with the reasons. The worker receives no jobs for these methods.
        /// </summary>
        public IReadOnlyDictionary<MethodRef, OfferRefusal> RefusedOffers { get; init; } = OfferRefusal.None;

        /// <summary>The reason why this incarnation must terminate; null if it may continue.</summary>
        public string? TerminateReason { get; init; }
    }

    /// <summary>
    /// All methods were registered except those in <paramref name="Refused"/>, which contains the reasons.
    /// </summary>
    public sealed record MethodsRegistered(IReadOnlyDictionary<MethodRef, string> Refused) : Response;

    /// <summary>The command was applied and has no result.</summary>
    public sealed record Acknowledged : Response;

    public sealed record Rejected(Rejection Rejection) : Response;
}

/// <summary>
/// The id and state of an accepted job, or the rejection. If a repeated key belongs to a job that has ended, the state
/// is <see cref="JobState.None"/> and the actual state must be read from the store.
/// </summary>
internal readonly record struct SubmitResult(JobId Id, JobState State, Rejection? Rejection)
{
    /// <summary>
    /// True if the key was used before. The result then describes the job of the first submission (R17).
    /// </summary>
    public bool Repeated { get; init; }
}

/// <summary>The kinds of rejection; each is documented at <c>/problems/NAME</c>.</summary>
internal enum RejectionKind
{
    BadRequest,
    Forbidden,
    UnknownMethod,
    KeyReused,
    VersionConflict,
    RegistryFull,
    Unstorable,
    QueueFull,
    QueueDraining,
    ServerFull,
    QuotaExceeded,
    Unavailable,
    StorageFull,
    NotRetryable,
    TooManySweeps,
    UnknownFeed,
    NameInUse,
    LimitReached,
    LeaseLost,
    TooManyChildren,
}

/// <summary>The limits on unfinished jobs: their number and size, per queue and for the whole server (R13).</summary>
internal enum JobBound
{
    QueueJobs,
    QueueBytes,
    ServerJobs,
    ServerBytes,
}

/// <summary>The reason why a request was rejected, with the relevant values and the remedy.</summary>
internal sealed record Rejection(RejectionKind Kind, Reason Reason)
{
    public string Detail => Reason.Detail;

    /// <summary>
    /// The limit that a full queue or server has reached. The server uses it to add an explanation of how to raise the
    /// limit.
    /// </summary>
    public JobBound? Bound { get; init; }

    /// <summary>How long the submission may wait for a place in the queue before it is rejected.</summary>
    public TimeSpan MayWait { get; init; }

    /// <summary>When to retry; null if a retry would not help.</summary>
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
)
{
    public QueueSettings Settings { get; init; } = QueueSettings.Default;

    /// <summary>The reasons why no job in the queue can be claimed; none if the queue is open.</summary>
    public QueueGates Gates { get; init; }
}

/// <summary>
/// The space that the ended jobs in one queue and class occupy, and when the oldest of them will be deleted.
/// </summary>
internal sealed record HistoryView(QueueName Queue, HistoryClass Class, long Jobs, long Bytes, RetentionLimit Limit)
{
    /// <summary>No job in the class ended before this time; null if it has not been determined yet.</summary>
    public Instant? OldestNotBefore { get; init; }

    /// <summary>When the oldest job may have to be deleted; null if it has not been determined yet.</summary>
    public Instant? DueAt { get; init; }
}

/// <summary>The number of ready jobs in a lane, and how long the oldest of them has been waiting.</summary>
internal sealed record DemandView(QueueName Queue, MethodRef Method, int Ready, TimeSpan Oldest)
{
    /// <summary>Number of worker slots that each job occupies.</summary>
    public int SlotsPerJob { get; init; } = 1;
}

internal sealed record MethodView(MethodName Name, int Version, string Schema, int Workers)
{
    /// <summary>True if the method name without a version currently refers to this version.</summary>
    public bool IsDefault { get; init; }

    public string ResultSchema { get; init; } = "";

    public int Slots { get; init; } = 1;

    public LossPolicy LossPolicy { get; init; } = LossPolicy.Default;

    public RetryOptions Retry { get; init; } = RetryOptions.None;

    /// <summary>
    /// Distinct descriptions of the hardware or runtime of the workers that offer the method, for display.
    /// </summary>
    public IReadOnlyList<string> RuntimeInfo { get; init; } = [];

    /// <summary>Distinct reasons why some workers currently cannot run the method.</summary>
    public IReadOnlyList<string> Unavailable { get; init; } = [];
}

internal sealed record WorkerView(
    WorkerName Name,
    Incarnation Incarnation,
    string Pool,
    Instant Joined,
    int Slots,
    int Prefetch,
    bool Draining,
    TimeSpan SinceLastSeen,
    IReadOnlyList<MethodRef> Offers,
    IReadOnlyList<LeaseToken> Leases
)
{
    /// <summary>Number of the worker's slots that its leases occupy.</summary>
    public int SlotsInUse { get; init; }

    /// <summary>The offers that were refused, each with the reason (R22).</summary>
    public IReadOnlyDictionary<MethodRef, string> RefusedOffers { get; init; } = new Dictionary<MethodRef, string>();

    /// <summary>How long the worker has held no leases; zero while it holds any.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>
    /// True if at least one lease of the worker is for a method whose attempts must never overlap (R11).
    /// </summary>
    public bool HoldsExclusive { get; init; }
}
