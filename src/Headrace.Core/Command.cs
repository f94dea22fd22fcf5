using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// What can be asked of the broker from outside. Claim, Complete, Release and Expire are verbs inside.
/// </summary>
internal abstract record Command
{
    /// <summary>What the command adds to a batch's size, in bytes.</summary>
    public virtual long Weight => 256;

    /// <summary>
    /// True for what waits while the store is in trouble: messages of workers, of time and of the server itself.
    /// Callers are told at once (R5).
    /// </summary>
    public bool BearsDelay => this is Exchange or Report or InputDamaged or Introduce or Died or Tick or Room;

    /// <summary>The command with the rows it needed (R2).</summary>
    public virtual Command With(IReadOnlyList<StoredRow> rows) =>
        throw new InvalidOperationException($"{GetType().Name} needs no rows.");

    /// <summary>The command as it first came, without rows it was brought.</summary>
    public virtual Command Fresh => this;

    /// <summary>
    /// Takes new jobs, at most <see cref="Limits.JobsPerCommand"/> of them (R3); each is accepted or refused by itself.
    /// </summary>
    public sealed record Submit(IReadOnlyList<NewJob> Jobs) : Command
    {
        /// <summary>The stored rows of the jobs' keys, once they have been read (R2); null before.</summary>
        public IReadOnlyDictionary<KeyName, KeyRow>? Found { get; init; }

        public override Command With(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Found = rows.OfType<KeyRow>().ToDictionary(row => row.Name),
            };

        public override Command Fresh => this with { Found = null };

        public override long Weight
        {
            get
            {
                var bytes = 0L;
                foreach (var job in Jobs)
                    bytes += 256 + job.Spec.InputBytes;
                return bytes;
            }
        }
    }

    /// <summary>The one numbered call of a worker (R6).</summary>
    public sealed record Exchange(
        WorkerMessage Message,
        long Number,
        TimeSpan Wait,
        Predecessor? Predecessor,
        IReadOnlyList<HeldLease> Held,
        bool Draining
    ) : Command
    {
        public override long Weight => Message.Weight;
    }

    /// <summary>Outcomes, starts and progress at once, beside the exchange; no list, no leases back (R6).</summary>
    public sealed record Report(WorkerMessage Message, IReadOnlyList<HeldLease> Started) : Command
    {
        public override long Weight => Message.Weight;
    }

    /// <summary>
    /// The store found that the bodies of these leases are not what was submitted, and their worker has not received
    /// them: the jobs fail, because no attempt could succeed.
    /// </summary>
    public sealed record InputDamaged(IReadOnlyList<LeaseToken> Leases) : Command;

    /// <summary>Looks at a job; with a wait, the answer comes when the job ends or the wait is over.</summary>
    public sealed record Look(JobId Job, TimeSpan Wait) : Command;

    /// <summary>
    /// Gives a feed the latest results of its queue that it was not given yet, at most so many, and acknowledges them
    /// (R16). A feed comes to be with its first pull.
    /// </summary>
    public sealed record Pull(FeedName Feed, QueueName Queue, int Top) : Command
    {
        /// <summary>What lies in the gaps that were asked for; null before.</summary>
        public EndsRow? Found { get; init; }

        public override Command With(IReadOnlyList<StoredRow> rows) =>
            this with
            {
                Found = rows.OfType<EndsRow>().Single(),
            };

        public override Command Fresh => this with { Found = null };
    }

    public sealed record ListQueues : Command;

    /// <summary>What waits for workers, lane by lane: what scaling looks at.</summary>
    public sealed record ListDemand : Command;

    public sealed record ListMethods : Command;

    public sealed record ListWorkers : Command;

    public sealed record Cancel(JobId Job) : Command;

    /// <summary>
    /// Asks a worker to finish what it holds and go; nothing more is given to it. With <paramref name="IfIdleFor"/>
    /// only if it has held nothing for so long.
    /// </summary>
    public sealed record Drain(Holder Worker, TimeSpan IfIdleFor) : Command;

    /// <summary>Makes methods known that nobody has offered yet, so that work for them is taken (R22).</summary>
    public sealed record Introduce(IReadOnlyList<Offer> Methods) : Command;

    /// <summary>A worker process was seen to end (R10).</summary>
    public sealed record Died(Holder Worker, DeathKind How) : Command;

    /// <summary>
    /// Whether the disk has room: without, submits are refused and nothing is claimed; outcomes go on (R25).
    /// </summary>
    public sealed record Room(bool Low, string Why) : Command;

    /// <summary>Time has passed: expire, release what is due, end parks.</summary>
    public sealed record Tick : Command;
}

/// <summary>What exchange and report share: who speaks, and what it brings.</summary>
internal sealed record WorkerMessage(Holder Sender)
{
    /// <summary>The store the worker believes to speak to; null before it knows one (R9).</summary>
    public StoreId? Store { get; init; }

    public string Pool { get; init; } = "";
    public int Slots { get; init; }
    public int Prefetch { get; init; }

    /// <summary>The methods it offers; empty in a report that changes none.</summary>
    public IReadOnlyList<Offer> Offers { get; init; } = [];

    public IReadOnlyList<Outcome> Outcomes { get; init; } = [];
    public IReadOnlyList<LogLines> Logs { get; init; } = [];

    public long Weight
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
/// A method that a worker offers. Both schemas may be empty when the store knows them from an earlier offer (R22).
/// </summary>
internal sealed record Offer(MethodName Method, int Version, string Schema)
{
    public LossLimits Loss { get; init; } = LossLimits.Default;

    /// <summary>JSON Schema of its result, as text; empty for none.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>How many slots of its worker one attempt occupies.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>What it runs on at this worker, in words for people; empty where nothing is said.</summary>
    public string RunsOn { get; init; } = "";
}

/// <summary>
/// A lease that the worker has received and whose outcome is not yet acknowledged; a finished one is listed too, so
/// that it does not go back (R6).
/// </summary>
internal readonly record struct HeldLease(LeaseToken Lease, bool Started, bool Finished, Progress? Progress);

/// <summary>Lines that a running attempt wrote, UTF-8.</summary>
internal readonly record struct LogLines(LeaseToken Lease, ReadOnlyMemory<byte> Lines);

/// <summary>Names the incarnation that a joining worker follows, and how it was seen to end (R9).</summary>
internal sealed record Predecessor(Incarnation Incarnation, DeathKind How);

/// <summary>How a worker process ended.</summary>
internal enum DeathKind : byte
{
    /// <summary>By a signal or a fault: witnessed, nobody asked for it.</summary>
    Signal = 1,

    /// <summary>It exited by itself without being told to.</summary>
    Exit = 2,

    /// <summary>
    /// After <i>ended</i>, drain or stop, or because we killed it for one of them: it did not die (R10).
    /// </summary>
    Ended = 3,
}
