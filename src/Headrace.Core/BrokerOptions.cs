using Headrace.Core.Retention;

namespace Headrace.Core;

/// <summary>Settings of the broker.</summary>
internal sealed record BrokerOptions
{
    /// <summary>
    /// How long a worker may go without sending a message before its leases expire (R8). A shorter period detects
    /// failed machines sooner, but also expires more leases of slow machines.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum total number of unfinished jobs across all queues (R13).</summary>
    public long MaxJobs { get; init; } = 5_000_000;

    /// <summary>
    /// Maximum memory in bytes for the params and headers of all unfinished jobs (R13). Bodies and long params do not
    /// count, because they are stored only on disk.
    /// </summary>
    public long MaxResidentBytes { get; init; } = 2L << 30;

    /// <summary>Maximum number of unfinished jobs in a queue.</summary>
    public long MaxQueueJobs { get; init; } = 1_000_000;

    /// <summary>Maximum size of a queue in bytes, counting the bodies and parameters of its unfinished jobs.</summary>
    public long MaxQueueBytes { get; init; } = 4L << 30;

    /// <summary>
    /// Grace period between a job's time limit and the stop request sent by the broker (R12). A method may take 10 s to
    /// stop once its worker cancels it, and a worker sends a message again if it gets no reply within a third of the
    /// default lease, which is another 10 s. The worker's own report therefore arrives before the broker intervenes.
    /// </summary>
    public TimeSpan TimeLimitGrace { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a suspect waits for a worker that holds no job (R10). With a shorter wait, suspects block the free
    /// slots of busy workers more often. With a longer wait, suspects are delayed more when all workers are busy.
    /// </summary>
    public TimeSpan SuspectPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a worker may go without sending a message before it is removed. Until then, the worker can resume those
    /// of its jobs that no other worker has claimed (R11).
    /// </summary>
    public TimeSpan EvictAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long after a server restart a client keeps the messages that it already held (R28). The client could not
    /// acknowledge them while the server was down.
    /// </summary>
    public TimeSpan RestoredMessageLease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// When a feed has this many acknowledged ranges, it delivers the oldest completions first (R16). Each range uses
    /// 16 bytes in memory and one row on disk.
    /// </summary>
    public int MaxFeedRanges { get; init; } = 10_000;

    /// <summary>
    /// Maximum number of commands in a batch (R1). Only the simulation sets this option, so that a few commands are
    /// enough to fill a batch.
    /// </summary>
    public int CommandsPerBatch { get; init; } = Limits.CommandsPerBatch;

    /// <summary>
    /// Minimum age at which an ended job may be deleted (R14). Only the simulation and tests set this option.
    /// </summary>
    public TimeSpan MinRetention { get; init; } = RetentionLimit.Minimum;

    /// <summary>The shard number encoded in the job ids that this broker assigns.</summary>
    public int Shard { get; init; }

    /// <summary>
    /// Maximum time an exchange stays parked. It is one third of the lease period, so that the leases of a parked
    /// worker never expire (R7).
    /// </summary>
    public TimeSpan MaxPark => Lease / 3;
}
