using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Decides what happens to a job after its worker crashed or its lease expired (R10): it runs again, runs again in
/// isolation, or fails. A crash counts against a job only if it was the only job on its worker and known to run in
/// isolation.
/// </summary>
internal static class PoisonRule
{
    /// <summary>Number of lost leases after which a job runs in isolation.</summary>
    private const int LossesUntilAlone = 2;

    /// <summary>
    /// Updates the counters after a worker crash that was observed while the worker held <paramref name="held"/>
    /// leases. Returns why the job fails, or <see cref="FailReason.None"/>.
    /// </summary>
    public static FailReason AfterDeath(ref JobProgress now, int held, LossLimits limits)
    {
        if (limits.FailWhenLost)
            return FailReason.Lost;
        if (limits.MaxKills == 0)
            return FailReason.None;
        if (now.Alone && held == 1 && ++now.Kills >= limits.MaxKills)
            return FailReason.Poison;
        now.Alone = true;
        return FailReason.None;
    }

    /// <summary>
    /// Updates the counters after a lease expired while its holder had <paramref name="held"/> leases. Returns why the
    /// job fails, or <see cref="FailReason.None"/>.
    /// </summary>
    public static FailReason AfterSilence(ref JobProgress now, int held, LossLimits limits)
    {
        if (limits.FailWhenLost)
            return FailReason.Lost;
        if (now.Alone && held > 1)
            return FailReason.None;
        if (++now.Losses >= limits.MaxLosses)
            return FailReason.Lost;
        now.Alone |= now.Losses >= LossesUntilAlone;
        return FailReason.None;
    }
}
