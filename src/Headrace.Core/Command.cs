using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;

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
    /// that a long queue of submissions cannot delay lease renewals (R8).
    /// </summary>
    public bool IsInternal => SurvivesOutage || this is Drain or ListDemand;

    /// <summary>Returns only the name, because the content may be large and registry writes contain secrets.</summary>
    public sealed override string ToString() => GetType().Name;

    /// <summary>Returns a copy of the command that includes the rows read for it (R2).</summary>
    public virtual Command WithRows(IReadOnlyList<StoredRow> rows) =>
        throw new InvalidOperationException($"The command {GetType().Name} does not read rows.");

    /// <summary>The command as it arrived, without the rows read for it.</summary>
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
    /// Reports outcomes, starts and progress immediately, outside the numbered exchange. A report contains no lease
    /// list, and its reply grants no leases (R6).
    /// </summary>
    public sealed record Report(WorkerMessage Message, IReadOnlyList<HeldLease> Started) : Command
    {
        public override long SizeBytes => Message.SizeBytes;
    }

    /// <summary>
    /// Fails the jobs of these leases because their stored bodies differ from the submitted ones. No worker has
    /// received these bodies.
    /// </summary>
    public sealed record InputDamaged(IReadOnlyList<LeaseToken> Leases) : Command;

    /// <summary>Reads one job. With a wait, the response is sent when the job ends or the wait expires.</summary>
    public sealed record GetJob(JobId Job, TimeSpan Wait) : Command;

    /// <summary>
    /// Delivers the latest completions of a queue that this feed has not received yet, up to a maximum count, and
    /// acknowledges them (R16). The first pull creates the feed.
    /// </summary>
    public sealed record Pull(FeedName Feed, QueueName Queue, int MaxCount) : Command
    {
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

    /// <summary>Lists queues, ordered by name.</summary>
    public sealed record ListQueues(ListRange Range) : Command;

    /// <summary>Reads one queue. The response lists it, or nothing if it does not exist.</summary>
    public sealed record GetQueue(QueueName Queue) : Command;

    /// <summary>Lists the ready jobs per lane, as input for scaling.</summary>
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
    /// <paramref name="IfIdleFor"/> is not zero, the request applies only if the worker has held no lease for that
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

/// <summary>The fields shared by exchanges and reports.</summary>
internal sealed record WorkerMessage(LeaseHolder Sender)
{
    /// <summary>
    /// The store that the worker belongs to; null until the worker has received its first reply (R9).
    /// </summary>
    public StoreId? Store { get; init; }

    public string Pool { get; init; } = "";

    /// <summary>
    /// The only pool for whose workers the sender may send messages, because the sender's key is limited to that pool;
    /// null if there is no limit.
    /// </summary>
    public string? PoolOfKey { get; init; }

    public int Slots { get; init; }
    public int Prefetch { get; init; }

    /// <summary>The number of the slots that no job of several slots can occupy; see <see cref="Worker"/>.</summary>
    public int SharedSlots { get; init; }

    /// <summary>The methods the worker offers; empty in a report that does not change them.</summary>
    public IReadOnlyList<Offer> Offers { get; init; } = [];

    public IReadOnlyList<Outcome> Outcomes { get; init; } = [];
    public IReadOnlyList<LogLines> Logs { get; init; } = [];

    public long SizeBytes
    {
        get
        {
            var bytes = 256L;
            foreach (var outcome in Outcomes)
                bytes += 128 + outcome.Result.Length;
            foreach (var log in Logs)
                bytes += log.Lines.Length;
            return bytes;
        }
    }
}

/// <summary>
/// A method offered by a worker. Either schema may be empty if the store knows it from an earlier offer (R22).
/// </summary>
internal sealed record Offer(MethodName Method, int Version, string Schema)
{
    public LossPolicy LossPolicy { get; init; } = LossPolicy.Default;

    /// <summary>JSON Schema of the result, as text; empty if the method declares none.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>Number of worker slots that one attempt occupies.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>The retry policy of jobs that do not specify their own, as far as the method specifies it.</summary>
    public RetryOptions Retry { get; init; } = RetryOptions.None;

    /// <summary>
    /// Free-text description of the hardware or runtime the method uses on this worker; may be empty.
    /// </summary>
    public string RuntimeInfo { get; init; } = "";

    /// <summary>
    /// Why the worker cannot run the method at present; empty if it can. The worker is assigned no job of the method.
    /// </summary>
    public string Unavailable { get; init; } = "";
}

/// <summary>
/// An entry in a worker's lease list: a lease whose outcome is not yet acknowledged. Finished jobs are listed as well,
/// because the broker requeues the job of any lease that is missing from the list (R6).
/// </summary>
internal readonly record struct HeldLease(LeaseToken Lease, bool Started, bool Finished, Progress? Progress);

/// <summary>Log lines written by a running attempt, in UTF-8.</summary>
internal readonly record struct LogLines(LeaseToken Lease, ReadOnlyMemory<byte> Lines);

/// <summary>The incarnation that a joining worker replaces, and how that incarnation ended (R9).</summary>
internal sealed record Predecessor(Incarnation Incarnation, ExitKind ExitKind);

/// <summary>How a worker process ended.</summary>
internal enum ExitKind : byte
{
    /// <summary>The process was terminated by a signal or a fault that the server did not cause.</summary>
    Signal = 1,

    /// <summary>The process exited without a request from the server.</summary>
    Exit = 2,

    /// <summary>
    /// The process ended after a terminate, drain or stop instruction, or the server killed it after such an
    /// instruction. This is not a crash (R10).
    /// </summary>
    Ended = 3,
}
