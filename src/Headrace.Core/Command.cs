using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Retention;

namespace Headrace.Core;

/// <summary>
/// A request to the broker. Claims, completions, releases and expiries are internal operations, not commands.
/// </summary>
internal abstract partial record Command
{
    /// <summary>The command's contribution to the size of a batch, in bytes.</summary>
    public virtual long SizeBytes => 256;

    /// <summary>
    /// True if the command waits while the store is unavailable. Messages from workers, ticks, and the server's own
    /// commands wait; client requests fail fast instead (R5).
    /// </summary>
    public bool SurvivesOutage =>
        this is Exchange or Report or InputDamaged or RegisterMethods or WorkerDied or Tick or DiskSpaceChanged;

    /// <summary>
    /// True for messages from workers and for the server's own commands. They are applied before client requests, so
    /// that a long queue of submissions cannot delay lease renewals (R8). Deletions and sweeps are not urgent: they
    /// queue with the client requests, and their loops resend a command if the queue was full.
    /// </summary>
    public bool IsInternal => SurvivesOutage || this is Drain or ListDemand;

    /// <summary>Returns only the name, because the content may be large and registry writes contain secrets.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <summary>Returns a copy of the command that includes the rows read for it (R2).</summary>
    public virtual Command WithRows(IReadOnlyList<StoredRow> rows) =>
        throw new InvalidOperationException($"The command {GetType().Name} does not read rows.");

    /// <summary>The command as it arrived, without the rows that were read for it.</summary>
    public virtual Command WithoutRows => this;

    /// <summary>
    /// Submits up to <see cref="Limits.JobsPerCommand"/> jobs (R3). Each job is accepted or rejected individually.
    /// </summary>
    public sealed record Submit(IReadOnlyList<NewJob> Jobs) : Command
    {
        /// <summary>The stored rows of the jobs' idempotency keys; null until they have been read (R2).</summary>
        public IReadOnlyDictionary<KeyName, KeyRow>? StoredKeys { get; init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                StoredKeys = rows.OfType<KeyRow>().ToDictionary(row => row.Name),
            };

        public override Command WithoutRows => this with { StoredKeys = null };

        public override long SizeBytes
        {
            get
            {
                var bytes = 0L;
                foreach (var job in Jobs)
                    bytes += 256 + job.Spec.InputBytes + RegistryWrite.SizeOf(job.RegistryWrites);
                return bytes;
            }
        }
    }

    /// <summary>A numbered exchange from a worker. Each worker has at most one open exchange (R6).</summary>
    public sealed record Exchange(
        WorkerMessage Message,
        long Number,
        TimeSpan Wait,
        Predecessor? Predecessor,
        IReadOnlyList<HeldLease> LeasesHeld,
        bool Draining
    ) : Command
    {
        public override long SizeBytes => Message.SizeBytes;
    }

    /// <summary>
    /// Reports outcomes, starts and progress immediately, outside a numbered exchange. A report contains no lease list,
    /// and its reply grants no leases (R6).
    /// </summary>
    public sealed record Report(WorkerMessage Message, IReadOnlyList<HeldLease> Started) : Command
    {
        public override long SizeBytes => Message.SizeBytes;
    }

    /// <summary>
    /// Fails the jobs of these leases because their stored bodies differ from the submitted ones. No worker received
    /// the damaged bodies.
    /// </summary>
    public sealed record InputDamaged(IReadOnlyList<LeaseToken> Leases) : Command;

    /// <summary>Reads one job. With a wait, the response is sent when the job ends or the wait expires.</summary>
    public sealed record GetJob(JobId Job, TimeSpan Wait) : Command;

    /// <summary>
    /// Delivers up to <paramref name="MaxCount"/> completions from a queue that this feed has not delivered yet (R16).
    /// With a lease, the caller must acknowledge them. Without a lease, the commit of the reply acknowledges them, and
    /// the first pull creates the feed.
    /// </summary>
    public sealed record Pull(FeedName Feed, QueueName Queue, int MaxCount) : OfConsumer
    {
        /// <summary>How long the completions are withheld from other pulls; null to acknowledge them at once.</summary>
        public TimeSpan? Lease { get; init; }

        /// <summary>How long the pull waits if there are no completions.</summary>
        public TimeSpan Wait { get; init; }

        /// <summary>The completions found in the undelivered ranges; null until they have been read.</summary>
        public CompletionPage? Completions { get; init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Completions = rows.OfType<CompletionPage>().Single(),
            };

        public override Command WithoutRows => this with { Completions = null };
    }

    /// <summary>
    /// Atomically changes documents and records in the registry. Contains at most
    /// <see cref="RegistryLimits.WritesPerCommand"/> writes.
    /// </summary>
    public sealed record WriteRegistry(IReadOnlyList<RegistryWrite> Writes) : Command
    {
        public override long SizeBytes => RegistryWrite.SizeOf(Writes);
    }

    /// <summary>
    /// Deletes up to <see cref="Limits.JobsPerDeletion"/> of the oldest ended jobs in one queue, if their retention has
    /// expired. The server repeats this command (R14).
    /// </summary>
    public sealed record DeleteExpired : Command
    {
        /// <summary>The oldest ended jobs in the queue to clean up next; null until they have been read (R2).</summary>
        public HistoryPage? Page { get; init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Page = rows.OfType<HistoryPage>().Single(),
            };

        public override Command WithoutRows => this with { Page = null };
    }

    /// <summary>Deletes one ended job and all its data.</summary>
    public sealed record DeleteJob(JobId Job) : Command
    {
        /// <summary>The job as read from the store; null if there is no such ended job.</summary>
        public EndedJob? Ended { get; init; }

        /// <summary>True if the store has been read (R2).</summary>
        public bool IsRead { get; init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Ended = rows.OfType<EndedJob>().SingleOrDefault(),
                IsRead = true,
            };

        public override Command WithoutRows => this with { Ended = null, IsRead = false };
    }

    /// <summary>
    /// Waits until a queue has room for a job of this size. The response states only that the wait has ended; the
    /// caller must then submit its job again.
    /// </summary>
    public sealed record AwaitPlace(QueueName Queue, long Bytes, TimeSpan Wait) : Command;

    /// <summary>Cancels up to <see cref="Limits.JobsPerCommand"/> ready jobs in a queue, lane by lane (R3).</summary>
    public sealed record Purge(QueueName Queue, int MaxCount) : Command
    {
        /// <summary>The audit entry about the purge, which its first command carries; null if there is none.</summary>
        public RegistryWrite.AppendRecord? AuditEntry { get; init; }
    }

    /// <summary>Lists the space used by the ended jobs in each queue, ordered by queue name.</summary>
    public sealed record ListHistory(ListRange Range) : Command;

    /// <summary>Lists queues, ordered by name.</summary>
    public sealed record ListQueues(ListRange Range) : Command;

    /// <summary>Reads one queue. The response contains the queue, or is empty if the queue does not exist.</summary>
    public sealed record GetQueue(QueueName Queue) : Command;

    /// <summary>Lists the ready jobs in each lane, as input for scaling.</summary>
    public sealed record ListDemand : Command;

    /// <summary>Lists method versions, ordered by name and version.</summary>
    public sealed record ListMethods(ListRange Range) : Command;

    /// <summary>Reads one method. The response lists its versions.</summary>
    public sealed record GetMethod(MethodName Method) : Command;

    public sealed record ListWorkers : Command;

    public sealed record Cancel(JobId Job) : Command;

    /// <summary>
    /// Makes a failed or cancelled job ready again. The job counts against the limits of its queue like a new job
    /// (R13). If <paramref name="Quota"/> is not null, it limits the unfinished jobs of the owner.
    /// </summary>
    public sealed record Retry(JobId Job, OwnerQuota? Quota) : Command
    {
        /// <summary>
        /// When the job ended, according to the caller; null if the caller does not specify it. If the job has been
        /// retried since then, this command changes nothing, so a caller that lost the response can repeat the command.
        /// </summary>
        public Instant? KnownEnd { get; init; }

        /// <summary>True once the row of the ended job has been read (R2).</summary>
        public bool IsRead { get; private init; }

        /// <summary>The row of the ended job; null if there is none.</summary>
        public DoneRow? Ended { get; private init; }

        public override Command WithRows(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                IsRead = true,
                Ended = rows.OfType<DoneRow>().SingleOrDefault(),
            };

        public override Command WithoutRows => this with { IsRead = false, Ended = null };
    }

    /// <summary>
    /// Asks a worker to finish the jobs it holds and exit; the worker receives no further leases. If
    /// <paramref name="IfIdleFor"/> is not zero, the request applies only if the worker has held no leases for that
    /// long.
    /// </summary>
    public sealed record Drain(LeaseHolder Worker, TimeSpan IfIdleFor) : Command;

    /// <summary>Registers methods that no worker has offered yet, so that jobs for them are accepted (R22).</summary>
    public sealed record RegisterMethods(IReadOnlyList<Offer> Methods) : Command;

    /// <summary>Reports that a worker process was observed to exit (R10).</summary>
    public sealed record WorkerDied(LeaseHolder Worker, ExitKind ExitKind) : Command;

    /// <summary>
    /// Reports whether disk space is sufficient. While it is low, submissions are rejected and no jobs are claimed, but
    /// outcomes are still recorded (R25).
    /// </summary>
    public sealed record DiskSpaceChanged(bool Low, Reason Reason) : Command;

    /// <summary>
    /// Performs all timed work that is due: expires leases and waits, makes scheduled jobs ready, and answers parked
    /// requests whose wait has expired.
    /// </summary>
    public sealed record Tick : Command;
}
