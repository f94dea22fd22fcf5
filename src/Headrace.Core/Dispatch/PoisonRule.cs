using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Decides what happens to a job after its worker crashed or its lease expired (R10): it runs again, runs again in
/// isolation, or fails. A crash counts against a job only if the job was the only one on its worker and was known to
/// run in isolation.
/// </summary>
internal static class PoisonRule
{
    /// <summary>Number of lost leases after which a job runs in isolation.</summary>
    private const int LostLeasesUntilIsolated = 2;

    /// <summary>
    /// Updates the counters after an observed crash of a worker; <paramref name="heldLeases"/> is the number of leases
    /// that the worker held. Returns the reason why the job fails, or <see cref="FailReason.None"/>.
    /// </summary>
    public static FailReason AfterWorkerCrash(ref JobStatus status, int heldLeases, LossPolicy policy)
    {
        if (policy.FailWhenLost)
            return FailReason.Lost;
        if (policy.MaxWorkerCrashes == 0)
            return FailReason.None;
        if (status.Isolated && heldLeases == 1 && ++status.WorkerCrashes >= policy.MaxWorkerCrashes)
            return FailReason.Poison;
        status.Isolated = true;
        return FailReason.None;
    }

    /// <summary>
    /// Updates the counters after a lease expired; <paramref name="heldLeases"/> is the number of leases that its
    /// holder had. Returns the reason why the job fails, or <see cref="FailReason.None"/>.
    /// </summary>
    public static FailReason AfterLeaseExpiry(ref JobStatus status, int heldLeases, LossPolicy policy)
    {
        if (policy.FailWhenLost)
            return FailReason.Lost;
        if (status.Isolated && heldLeases > 1)
            return FailReason.None;
        if (++status.LostLeases >= policy.MaxLostLeases)
            return FailReason.Lost;
        status.Isolated |= status.LostLeases >= LostLeasesUntilIsolated;
        return FailReason.None;
    }
}
