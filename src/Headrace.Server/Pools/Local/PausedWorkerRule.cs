using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Decides which local workers are killed because they have lost contact (R11). A running process ends its exclusive
/// jobs before their leases expire; a suspended one (SIGSTOP, a debugger) cannot, and would continue them while the
/// next attempt runs. Other jobs may run twice, so a suspended process keeps them and its late outcomes are dropped.
/// </summary>
internal static class PausedWorkerRule
{
    /// <summary>
    /// The part of the lease that remains when the worker stops all exclusive jobs: enough time to end the process.
    /// </summary>
    private const int Margin = 15;

    /// <param name="worker">A worker of the pool.</param>
    /// <param name="lease">The duration of a lease.</param>
    public static bool MustEnd(WorkerView worker, TimeSpan lease) =>
        worker.HoldsExclusive && worker.SinceLastSeen >= lease - (lease / Margin);

    /// <summary>Half the margin, so that a check always happens before the lease expires.</summary>
    public static TimeSpan CheckPeriod(TimeSpan lease) => lease / (2 * Margin);
}
