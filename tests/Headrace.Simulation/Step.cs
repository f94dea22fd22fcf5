namespace Headrace.Simulation;

/// <summary>
/// The kinds of steps in a schedule. A step that is impossible in the current state is skipped, so any subset of a
/// schedule is also a valid schedule.
/// </summary>
internal enum StepKind : byte
{
    Submit,
    Cancel,
    GetJob,
    Pull,
    WorkerActs,
    Deliver,
    CommitCompletes,
    ReadCompletes,
    TimePasses,
    DrainWorker,
    WorkerDrains,
    DiskSpaceChanges,
    WriteRegistry,
    ProcessCrashes,
    SetQueue,
    DeleteExpired,
    DeleteJob,
    Purge,
    RetryJob,
    StartSweep,
    StepSweep,
    StopSweep,
    WorkerResizes,

    // The following kinds are faults.
    ServerDies,
    CommitUnavailable,
    CommitUnknown,
    CommitRejected,
    CommitFails,
    WorkerDiesSeen,
    WorkerDiesUnseen,
    WorkerPauses,
    NetworkSplits,
    MessageLost,
    MessageDuplicated,
    CallerDisconnects,
    ReadFails,
    ServerStalls,
    WallClockJumps,
    OtherStore,
    LeaseOutage,

    // Only the schedules that need these steps include them.
    MethodAvailabilityChanges,
    SubmitChildren,
}

/// <summary>One step of a schedule: its kind, and two numbers that select among the available options.</summary>
internal readonly record struct Step(StepKind Kind, int A, int B)
{
    public bool IsFault => Kind is >= StepKind.ServerDies and <= StepKind.LeaseOutage;
}

/// <summary>
/// Generates schedules. On average, a schedule of 1,000 steps contains one server crash and three other faults.
/// </summary>
internal static class Schedules
{
    private static readonly (StepKind Kind, int Weight)[] Ordinary =
    [
        (StepKind.Submit, 50),
        (StepKind.Cancel, 6),
        (StepKind.GetJob, 6),
        (StepKind.Pull, 12),
        (StepKind.WorkerActs, 330),
        (StepKind.Deliver, 380),
        (StepKind.CommitCompletes, 180),
        (StepKind.ReadCompletes, 30),
        (StepKind.TimePasses, 48),
        (StepKind.DrainWorker, 2),
        (StepKind.WorkerDrains, 2),
        (StepKind.DiskSpaceChanges, 3),
        (StepKind.WriteRegistry, 20),
        (StepKind.ProcessCrashes, 8),
        (StepKind.SetQueue, 8),
        (StepKind.DeleteExpired, 30),
        (StepKind.DeleteJob, 4),
        (StepKind.Purge, 2),
        (StepKind.RetryJob, 8),
        (StepKind.StartSweep, 3),
        (StepKind.StepSweep, 20),
        (StepKind.StopSweep, 1),
        (StepKind.WorkerResizes, 4),
    ];

    private static readonly (StepKind Kind, int Weight)[] Faults =
    [
        (StepKind.CommitUnavailable, 3),
        (StepKind.CommitUnknown, 3),
        (StepKind.CommitRejected, 1),
        (StepKind.CommitFails, 1),
        (StepKind.WorkerDiesSeen, 5),
        (StepKind.WorkerDiesUnseen, 4),
        (StepKind.WorkerPauses, 3),
        (StepKind.NetworkSplits, 6),
        (StepKind.MessageLost, 6),
        (StepKind.MessageDuplicated, 4),
        (StepKind.CallerDisconnects, 4),
        (StepKind.ReadFails, 3),
        (StepKind.ServerStalls, 2),
        (StepKind.WallClockJumps, 2),
        (StepKind.OtherStore, 1),
    ];

    /// <summary>
    /// Additional steps if all methods are exclusive. Two runs of a job can overlap only if a worker cannot reach the
    /// server for the duration of a lease while the others run jobs.
    /// </summary>
    private static readonly (StepKind Kind, int Weight)[] Exclusive =
    [
        (StepKind.NetworkSplits, 4),
        (StepKind.LeaseOutage, 4),
    ];

    /// <summary>
    /// Additional steps if sweeps over ended jobs run at the same time and compete with retries of individual jobs.
    /// </summary>
    private static readonly (StepKind Kind, int Weight)[] Contended =
    [
        (StepKind.Cancel, 12),
        (StepKind.RetryJob, 12),
        (StepKind.StartSweep, 12),
        (StepKind.StepSweep, 30),
    ];

    /// <summary>Additional steps if methods become unavailable on their workers.</summary>
    private static readonly (StepKind Kind, int Weight)[] Availability = [(StepKind.MethodAvailabilityChanges, 20)];

    /// <summary>Additional steps if running jobs submit children.</summary>
    private static readonly (StepKind Kind, int Weight)[] Children = [(StepKind.SubmitChildren, 60)];

    public static Step[] Generate(int seed, int steps)
    {
        var random = new Random(seed);
        var population = Population.Draw(seed);
        var kinds = population.Kinds;
        var (ordinary, faults) = (Of(Ordinary, kinds), Of(Faults, kinds));
        if (population.AllExclusive)
            ordinary = [.. ordinary, .. Exclusive];
        if (population.SweepsCompete)
            ordinary = [.. ordinary, .. Contended];
        if (population.MethodsFail)
            ordinary = [.. ordinary, .. Availability];
        if (population.HaveChildren)
            ordinary = [.. ordinary, .. Children];
        var schedule = new Step[steps];
        for (var i = 0; i < steps; i++)
        {
            var fate = random.NextDouble() * steps;
            var kind =
                fate < 1 && kinds.Contains(StepKind.ServerDies) ? StepKind.ServerDies
                : fate < 4 && faults.Length > 0 ? Pick(faults, random)
                : Pick(ordinary, random);
            schedule[i] = new Step(kind, random.Next(), random.Next());
        }
        return schedule;
    }

    private static (StepKind Kind, int Weight)[] Of((StepKind Kind, int Weight)[] all, IReadOnlySet<StepKind> kinds) =>
        [.. all.Where(step => kinds.Contains(step.Kind))];

    private static StepKind Pick((StepKind Kind, int Weight)[] from, Random random)
    {
        var total = 0;
        foreach (var (_, weight) in from)
            total += weight;
        var at = random.Next(total);
        foreach (var (kind, weight) in from)
            if ((at -= weight) < 0)
                return kind;
        throw new InvalidOperationException("The weights do not add up to their total.");
    }
}
