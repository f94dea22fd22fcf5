using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Results;

namespace Headrace.Core;

/// <summary>The broker's in-memory state, shared by all command handlers. It contains no logic.</summary>
internal sealed class BrokerState(BrokerOptions options)
{
    public BrokerOptions Options { get; } = options;

    /// <summary>The identity of the store that backs this broker (R9).</summary>
    public StoreId Store { get; set; }

    public JobTable Jobs { get; } = new(options);

    public QueueTable Queues { get; } = new(options);

    public MethodTable Methods { get; } = new();

    public WorkerTable Workers { get; } = new();

    public Counters Counters { get; } = new();

    public Waiters Waiters { get; } = new();

    public PendingReads PendingReads { get; } = new();

    public FeedTable Feeds { get; } = new();

    /// <summary>Why the storage gate is closed; null while it is open (R25).</summary>
    public string? StorageLowReason { get; set; }

    /// <summary>Running jobs with a stop request (R12).</summary>
    public HashSet<Job> StopRequested { get; } = [];

    /// <summary>
    /// Scheduled jobs ordered by the time at which they become ready, and all jobs ordered by deadline. Both use
    /// wall-clock time.
    /// </summary>
    public Timers<Instant, Job> Scheduled { get; } = new(job => job.Status.State == JobState.Scheduled);
    public Timers<Instant, Job> Deadlines { get; } = new(job => !job.Status.State.IsEnded());

    /// <summary>Started attempts, ordered by the time at which their time limit plus grace period expires.</summary>
    public Timers<Elapsed, (Job Job, int Attempt)> TimeLimits { get; } =
        new(limit => limit.Job.Status.State == JobState.Running && limit.Job.Status.Attempt == limit.Attempt);

    public long NextJob { get; set; } = 1;

    public long NextCompletion { get; set; } = 1;

    /// <summary>The number of the last finished batch that needed a commit.</summary>
    public long BatchNumber { get; set; }
}
