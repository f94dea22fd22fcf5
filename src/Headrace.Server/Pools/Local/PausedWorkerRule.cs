using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Decides which local workers are killed because they have lost contact (R11). A running process stops its exclusive
/// jobs before their leases expire. A suspended process (SIGSTOP, a debugger) cannot, and would continue them while the
/// next attempt runs. Other jobs may run twice, so a suspended process without exclusive jobs is not killed, and its
/// late outcomes are dropped.
/// </summary>
internal static class PausedWorkerRule
{
    /// <summary>
    /// Divisor of the lease. When 1/15 of the lease remains, a running worker has already ended all its exclusive jobs,
    /// and there is enough time left to kill the process of a suspended worker.
    /// </summary>
    private const int Margin = 15;

    /// <param name="worker">A worker of the pool.</param>
    /// <param name="lease">The duration of a lease.</param>
    public static bool MustEnd(WorkerView worker, TimeSpan lease) =>
        worker.HoldsExclusive && worker.SinceLastSeen >= lease - (lease / Margin);

    /// <summary>Returns half the margin, so that a check always happens before the lease expires.</summary>
    public static TimeSpan CheckPeriod(TimeSpan lease) => lease / (2 * Margin);
}
