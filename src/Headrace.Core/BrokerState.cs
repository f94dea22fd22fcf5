using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>The broker's in-memory state, shared by all command handlers. It contains no rules.</summary>
internal sealed class BrokerState
{
    public BrokerState(BrokerOptions options)
    {
        Options = options;
        Jobs = new JobTable(options);
        Queues = new QueueTable(options, Histories);
        Counters = new Counters(Histories);
        Workers = new WorkerTable();
        Ready = new ReadyJobs(Workers);
    }

    public BrokerOptions Options { get; }

    /// <summary>The identity of the store that backs this broker (R9).</summary>
    public StoreId Store { get; set; }

    public JobTable Jobs { get; }

    public QueueTable Queues { get; }

    public MethodTable Methods { get; } = new();

    public WorkerTable Workers { get; }

    public ReadyJobs Ready { get; }

    public ReservationTable Reservations { get; } = new();

    /// <summary>The number and total size of the ended jobs in each queue.</summary>
    public HistoryTable Histories { get; } = new();

    public Counters Counters { get; }

    public Waiters Waiters { get; } = new();

    public PlaceWaiters PlaceWaiters { get; } = new();

    /// <summary>When the next waiting request times out; null if no request is waiting.</summary>
    public Elapsed? NextWait =>
        Earliest.Of(
            Earliest.Of(Waiters.Next, PlaceWaiters.Next),
            Earliest.Of(Feeds.WaitingPulls.Next, Messages.WaitingPulls.Next)
        );

    /// <summary>When the next request wait, consumer lease or time limit expires; null if none is pending.</summary>
    public Elapsed? NextExpiry =>
        Earliest.Of(Earliest.Of(TimeLimits.Next, NextWait), Earliest.Of(Feeds.Leases.Next, Messages.Leases.Next));

    public PendingReads PendingReads { get; } = new();

    public SweepTable Sweeps { get; } = new();

    public SweepReads SweepReads { get; } = new();

    public FeedTable Feeds { get; } = new();

    public MessageTable Messages { get; } = new();

    public RegistryTable Registry { get; } = new();

    /// <summary>The reason why the storage gate is closed; null while it is open (R25).</summary>
    public Reason? StorageLowReason { get; set; }

    /// <summary>
    /// The forward step of the wall clock that deadlines ignore until it is confirmed; null if there is none (R20).
    /// </summary>
    public ClockStep? UnconfirmedStep { get; set; }

    /// <summary>
    /// Waiting children that were restored without the attempt that submitted them. The next ticks remove them (R13).
    /// </summary>
    public List<Job> Orphans { get; } = [];

    /// <summary>Running jobs with a stop request (R12).</summary>
    public HashSet<Job> StopRequested { get; } = [];

    /// <summary>
    /// Jobs that were submitted with a later start time, ordered by that time (on the clock <i>Now</i>, R20).
    /// </summary>
    public Timers<Instant, Job> Scheduled { get; } = new(job => job.Status.State == JobState.Scheduled);

    /// <summary>
    /// Jobs that are waiting for a retry, ordered by retry time (on the clock <i>Confirmed</i>, R20). If their delays
    /// followed an unconfirmed step of the wall clock, a retry scheduled in the meantime could be years late once the
    /// clock is corrected.
    /// </summary>
    public Timers<Instant, Job> Retries { get; } = new(job => job.Status.State == JobState.Scheduled);

    /// <summary>
    /// All unfinished jobs with a deadline, ordered by deadline (on the clock <i>Confirmed</i>, R20).
    /// </summary>
    public Timers<Instant, Job> Deadlines { get; } = new(job => job.Status.State.IsUnfinished());

    /// <summary>Started attempts, ordered by the time at which their time limit plus grace period expires.</summary>
    public Timers<Elapsed, (Job Job, int Attempt)> TimeLimits { get; } =
        new(limit => limit.Job.Status.State == JobState.Running && limit.Job.Status.Attempt == limit.Attempt);

    /// <summary>Parked requests. A later command produces the response to each of them.</summary>
    public IEnumerable<RequestId> Parked =>
        Workers
            .WithOpenExchange.Select(worker => worker.OpenExchange!.RequestId)
            .Concat(Waiters.RequestIds)
            .Concat(PlaceWaiters.RequestIds)
            .Concat(Feeds.WaitingPulls.RequestIds)
            .Concat(Messages.WaitingPulls.RequestIds);

    /// <summary>Discards the state of a request whose caller disconnected.</summary>
    public void OnCallerDisconnected(RequestId requestId)
    {
        Workers.OnCallerDisconnected(requestId);
        Waiters.OnCallerDisconnected(requestId);
        PlaceWaiters.OnCallerDisconnected(requestId);
        Feeds.WaitingPulls.Remove(requestId);
        Messages.WaitingPulls.Remove(requestId);
        PendingReads.Release(requestId);
    }

    /// <summary>
    /// Returns the timers that make this scheduled job ready. A scheduled job that has run before is waiting for a
    /// retry.
    /// </summary>
    public Timers<Instant, Job> TimersOf(Job job) => job.Status.Attempt > 0 ? Retries : Scheduled;

    public long NextJob { get; set; } = 1;

    public long NextCompletion { get; set; } = 1;

    /// <summary>The number of the last finished batch that needed a commit.</summary>
    public long BatchNumber { get; set; }
}
