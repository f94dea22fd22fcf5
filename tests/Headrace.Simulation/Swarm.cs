using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// The conditions under which a schedule runs, drawn from its seed. They stay the same throughout the run, because
/// some states are reached only if a condition persists. Each seed combines different conditions.
/// </summary>
internal sealed record Swarm
{
    /// <summary>
    /// The durations of slow commits in milliseconds. With each lease, some of them count in full and others are
    /// stalls (R20).
    /// </summary>
    private static readonly int[] SlowCommits = [200, 500, 1_100, 2_500, 6_000];

    /// <summary>The minimum duration of a commit. If it is zero, a commit ends whenever the schedule decides.</summary>
    public TimeSpan CommitTime { get; private init; }

    /// <summary>The number of commands that fill a batch.</summary>
    public int CommandsPerBatch { get; private init; } = Limits.CommandsPerBatch;

    /// <summary>The capacity of each of the mailbox's queues.</summary>
    public int MailboxCapacity { get; private init; } = CommandQueue.DefaultCapacity;

    /// <summary>The number of requests that the client sends in one step.</summary>
    public int Burst { get; private init; } = 1;

    /// <summary>Whether the store rejects many batches, so that their commands are committed one by one (R5).</summary>
    public bool RejectsCommits { get; private init; }

    /// <summary>
    /// The limits on all unfinished jobs and on the bytes of their params. In most schedules, they are never reached.
    /// </summary>
    public long MaxJobs { get; private init; } = new BrokerOptions().MaxJobs;
    public long MaxResidentBytes { get; private init; } = new BrokerOptions().MaxResidentBytes;

    /// <summary>Whether the wall clock jumps by days; otherwise, it jumps by up to an hour.</summary>
    public bool ClockStepsByDays { get; private init; }

    /// <summary>The workers, their methods, and the kinds of steps.</summary>
    public required Population Population { get; init; }

    public static Swarm Draw(int seed)
    {
        // The schedule is generated from the same seed. The constant makes the two random sequences different.
        var random = new Random(seed ^ 0x5EED);
        var (slow, small, flood) = (random.Next(4) == 0, random.Next(3) == 0, random.Next(4) == 0);
        var (commits, bounds) = (new Random(seed ^ 0xC0117), new Random(seed ^ 0xB0D5));
        var swarm = new Swarm
        {
            Population = Population.Draw(seed),
            CommitTime = slow
                ? TimeSpan.FromMilliseconds(SlowCommits[commits.Next(SlowCommits.Length)])
                : TimeSpan.Zero,
            CommandsPerBatch = small || flood ? 4 : Limits.CommandsPerBatch,
            MailboxCapacity = small && random.Next(2) == 0 ? 24 : CommandQueue.DefaultCapacity,
            Burst = flood ? 8 : 1,
            RejectsCommits = random.Next(8) == 0,
            ClockStepsByDays = random.Next(3) == 0,
        };
        return swarm with
        {
            MaxJobs = bounds.Next(4) == 0 ? 8 + bounds.Next(24) : swarm.MaxJobs,
            MaxResidentBytes = bounds.Next(4) == 0 ? 200 + bounds.Next(400) : swarm.MaxResidentBytes,
        };
    }
}
