using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Which local workers are killed for their silence (R11). A process that lives ends exclusive work by itself before
/// its lease is over; one that stands still (SIGSTOP, a debugger)
/// cannot, and would go on with it beside its successor. All other work may run twice: there a paused process keeps
/// what it has, and what it brings late is dropped.
/// </summary>
internal static class PausedWorkerRule
{
    /// <summary>
    /// The share of the lease that is left when nothing exclusive may run any more, as workers count it: time enough to
    /// end the process.
    /// </summary>
    private const int Margin = 15;

    /// <param name="worker">A worker of the pool.</param>
    /// <param name="lease">The lease.</param>
    public static bool MustEnd(WorkerView worker, TimeSpan lease) =>
        worker.HoldsExclusive && worker.SinceLastSeen >= lease - (lease / Margin);

    /// <summary>Half the margin, so that no look comes after the lease.</summary>
    public static TimeSpan CheckPeriod(TimeSpan lease) => lease / (2 * Margin);
}
