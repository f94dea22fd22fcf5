namespace Headrace.Bench.Chaos;

/// <summary>The kinds of faults.</summary>
internal enum FaultKind
{
    /// <summary>Kills a worker that holds leases (SIGKILL).</summary>
    KillWorker,

    /// <summary>Kills the server (SIGKILL). It is started again immediately.</summary>
    KillServer,

    /// <summary>Suspends a worker that holds leases (SIGSTOP), and later resumes it (SIGCONT).</summary>
    PauseWorker,

    /// <summary>Suspends the server (SIGSTOP), and later resumes it (SIGCONT).</summary>
    PauseServer,

    /// <summary>Fills the disk to the last byte, and later frees the space.</summary>
    FillDisk,

    /// <summary>Makes every commit slow for a third of the time.</summary>
    SlowDisk,
}

/// <summary>
/// One fault: when it occurs, measured from the start of the run, and how long it lasts. The duration of a kill is
/// zero.
/// </summary>
internal sealed record Fault(TimeSpan At, FaultKind Kind, TimeSpan Length);

/// <summary>The faults of a run. The same seed gives the same plan.</summary>
internal static class FaultPlan
{
    /// <summary>Duration of each slow-disk fault. The disk is slow in one out of every three such periods.</summary>
    private static readonly TimeSpan SlowPeriod = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Fault> Draw(int seed, TimeSpan length, bool diskFills, bool diskSlows = false)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        Every(1, FaultKind.KillWorker, 0, 0);
        Every(20, FaultKind.KillServer, 0, 0);
        // Some pauses are shorter than the 5 s lease and some are longer. Some workers therefore resume in time, and
        // others find that their jobs have been assigned to another worker.
        Every(11, FaultKind.PauseWorker, 3, 8);
        Every(17, FaultKind.PauseServer, 2, 5);
        if (diskFills)
            Every(15, FaultKind.FillDisk, 3, 6);
        if (diskSlows)
            for (var from = TimeSpan.Zero; from + (3 * SlowPeriod) <= length; from += 3 * SlowPeriod)
                faults.Add(new Fault(from + (random.NextDouble() * 2 * SlowPeriod), FaultKind.SlowDisk, SlowPeriod));
        return [.. faults.OrderBy(fault => fault.At)];

        // Plans one fault for each period, at a random time in its middle half. Faults that would still be active at
        // the end of the run are omitted.
        void Every(double period, FaultKind kind, double shortest, double longest)
        {
            for (var from = 0.0; from < length.TotalSeconds; from += period)
            {
                var at = from + (period * (0.25 + (random.NextDouble() / 2)));
                var takes = shortest + (random.NextDouble() * (longest - shortest));
                if (at + takes < length.TotalSeconds)
                    faults.Add(new Fault(TimeSpan.FromSeconds(at), kind, TimeSpan.FromSeconds(takes)));
            }
        }
    }
}
