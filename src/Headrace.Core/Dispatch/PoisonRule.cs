using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// What becomes of a job whose worker is gone (R10): it runs again, runs again alone, or is set aside. Blame needs
/// proof: only a job that was the only one
/// on its worker, and known to be watched, is counted against.
/// </summary>
internal static class PoisonRule
{
    /// <summary>Silences after which a job runs alone.</summary>
    private const int LossesUntilAlone = 2;

    /// <summary>
    /// Its worker was seen to die while holding <paramref name="held"/> leases. Sets the counters; the answer is why
    /// the job fails, or none.
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

    /// <summary>Its worker fell silent while holding <paramref name="held"/> leases.</summary>
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
