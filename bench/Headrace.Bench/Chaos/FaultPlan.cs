namespace Headrace.Bench.Chaos;

/// <summary>What is done to the processes.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of a worker that holds leases.</summary>
    KillWorker,

    /// <summary>SIGKILL of the server; it is started again at once.</summary>
    KillServer,

    /// <summary>SIGSTOP of a worker that holds leases, and SIGCONT later.</summary>
    PauseWorker,

    /// <summary>SIGSTOP of the server, and SIGCONT later.</summary>
    PauseServer,

    /// <summary>Every free byte of the disk is taken, and freed later.</summary>
    FillDisk,
}

/// <summary>One fault: when after the start, and for those that end, how long.</summary>
internal sealed record Fault(TimeSpan At, FaultKind Kind, TimeSpan Length);

/// <summary>The faults of a run, drawn from its seed: the same seed gives the same plan.</summary>
internal static class FaultPlan
{
    public static IReadOnlyList<Fault> Draw(int seed, TimeSpan length, bool diskFills)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();
        Every(1, FaultKind.KillWorker, 0, 0);
        Every(20, FaultKind.KillServer, 0, 0);
        // Both shorter and longer than the lease of 5 s: some come back as the holder, some find their work given to
        // others.
        Every(11, FaultKind.PauseWorker, 3, 8);
        Every(17, FaultKind.PauseServer, 2, 5);
        if (diskFills)
            Every(15, FaultKind.FillDisk, 3, 6);
        return [.. faults.OrderBy(fault => fault.At)];

        // The middle of each period, up to a quarter of it to and fro; what would not end within the run is left out.
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
