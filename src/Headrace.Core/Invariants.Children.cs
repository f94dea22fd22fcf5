using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>Conditions that must hold for the children of running attempts.</summary>
internal static partial class Invariants
{
    /// <summary>A blocked job waits for the running attempt that submitted it (R13).</summary>
    private static void CheckChild(BrokerState state, Job child)
    {
        if (state.Orphans.Contains(child))
            return;
        if (child.Spec.Parent is not { Lease: var lease })
            Fail($"job {child.Id} is blocked but no attempt submitted it");
        else if (
            !state.Jobs.TryGet(lease.Job, out var parent)
            || parent.Status.State != JobState.Running
            || parent.Lease != lease
            || parent.RunningAttempt?.Children?.Contains(child) != true
        )
            Fail($"job {child.Id} waits for the attempt {lease}, which is not running or does not list it");
    }
}
