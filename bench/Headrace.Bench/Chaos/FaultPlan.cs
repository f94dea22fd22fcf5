namespace Headrace.Bench.Chaos;

/// <summary>The kinds of faults.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of a worker that holds leases.</summary>
    KillWorker,

    /// <summary>SIGKILL of the server, which is started again at once.</summary>
    KillServer,

    /// <summary>SIGSTOP of a worker that holds leases, later SIGCONT.</summary>
    PauseWorker,

    /// <summary>SIGSTOP of the server, later SIGCONT.</summary>
    PauseServer,

    /// <summary>Fills the disk to the last byte, and later frees the space.</summary>
    FillDisk,
}

/// <summary>One fault: its time after the start of the run, and its duration if it has one.</summary>
internal sealed record Fault(TimeSpan At, FaultKind Kind, TimeSpan Length);

/// <summary>The faults of a run. The same seed gives the same plan.</summary>
internal static class FaultPlan
{
    public static IReadOnlyList<Fault> Draw(int seed, TimeSpan length, bool diskFills)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        Every(1, FaultKind.KillWorker, 0, 0);
        Every(20, FaultKind.KillServer, 0, 0);
        // Some pauses are shorter than the lease of 5 s and some longer: some workers resume in time, while the jobs of
        // the others have already been assigned to another worker.
        Every(11, FaultKind.PauseWorker, 3, 8);
        Every(17, FaultKind.PauseServer, 2, 5);
        if (diskFills)
            Every(15, FaultKind.FillDisk, 3, 6);
        return [.. faults.OrderBy(fault => fault.At)];

        // The faults are injected at the middle of each period, plus or minus a quarter of it. A fault that would not
        // end within the run is left out.
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
