namespace Headrace.Bench.SlowDisk;

/// <summary>The observations from a run on a slow disk. All times are in seconds.</summary>
/// <param name="Seconds">The length of the run.</param>
/// <param name="CommitSeconds">The minimum time that each commit took.</param>
/// <param name="Lease">The duration of the server's leases.</param>
/// <param name="Submitted">Acknowledged jobs.</param>
/// <param name="Completed">Jobs that the workers completed.</param>
/// <param name="LostWorkers">Workers whose leases expired even though they kept sending messages.</param>
internal sealed record SlowDiskCounts(
    double Seconds,
    double CommitSeconds,
    double Lease,
    long Submitted,
    long Completed,
    int LostWorkers
)
{
    /// <summary>
    /// For each worker that stopped sending messages, the time from its last message to the expiry of its lease.
    /// </summary>
    public required IReadOnlyList<double> Expiries { get; init; }

    /// <summary>
    /// For each request that waited, how much later than <see cref="SlowDiskRun.Wait"/> it was answered.
    /// </summary>
    public required IReadOnlyList<double> Excesses { get; init; }

    /// <summary>
    /// The time that a reply may take in addition to the simulated syncs if the machine or its disk is busy.
    /// </summary>
    private double Allowance => 0.25 + SlowestRequest;

    /// <summary>
    /// The longest time that it took to answer a request that needs no commit. It shows how busy the machine was.
    /// </summary>
    public double SlowestRequest { get; init; }

    /// <summary>A description of each guarantee that was violated during the run.</summary>
    public IReadOnlyList<string> Broken
    {
        get
        {
            var broken = new List<string>();
            if (LostWorkers > 0)
                broken.Add($"the leases of {LostWorkers} workers expired although they kept sending messages");
            if (Expiries.Count == 0)
                broken.Add("no lease of a silent worker expired");
            foreach (var late in Expiries.Where(expiry => expiry < Lease || expiry > Lease + 5))
                broken.Add($"the lease of a silent worker expired after {late:0.0} s");
            // A wait ends with the commit that is pending when it expires. A commit after a checkpoint takes two syncs.
            foreach (var late in Excesses.Where(excess => excess < 0 || excess > (2 * CommitSeconds) + Allowance))
                broken.Add($"a wait of {SlowDiskRun.Wait.TotalSeconds} s was answered {late:0.00} s late");
            if (Excesses.Count == 0)
                broken.Add("no wait was answered");
            // Most commits take one sync.
            else if (Excesses.Order().ElementAt(Excesses.Count / 2) is var median && median > CommitSeconds + Allowance)
                broken.Add($"half of the waits were answered at least {median:0.00} s late");
            return broken;
        }
    }
}
