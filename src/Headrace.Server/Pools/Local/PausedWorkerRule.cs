using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Decides which local workers are killed because they have lost contact (R11). A running process stops its exclusive
/// jobs before their leases expire. A suspended process (SIGSTOP, a debugger) cannot do so, and would continue these
/// jobs while their next attempts run. Other jobs may run twice, so a suspended process without exclusive jobs is not
/// killed, and its late outcomes are dropped.
/// </summary>
internal static class PausedWorkerRule
{
    /// <summary>
    /// A worker is killed when 1/15 of its lease remains. By then, a running worker has stopped all its exclusive jobs,
    /// and there is still enough time to kill the process of a suspended worker.
    /// </summary>
    private const int Margin = 15;

    /// <param name="worker">A worker of the pool.</param>
    /// <param name="lease">The duration of a lease.</param>
    public static bool MustEnd(WorkerView worker, TimeSpan lease) =>
        worker.HoldsExclusive && worker.SinceLastSeen >= lease - (lease / Margin);

    /// <summary>
    /// Returns the interval between checks: half the margin, so that a check always happens before the lease expires.
    /// </summary>
    public static TimeSpan CheckPeriod(TimeSpan lease) => lease / (2 * Margin);
}
