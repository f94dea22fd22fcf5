using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>Input of <see cref="PoolRule"/>.</summary>
/// <param name="Slots">The slots to fill, in order; each has a process or waits to restart.</param>
/// <param name="Adopted">Workers of this pool that were started by an earlier server and are still running.</param>
/// <param name="Taken">The names of all workers that have a row, including workers in other pools.</param>
/// <param name="Now">The current time, on the same clock as the restart delays.</param>
internal sealed record LocalPoolView(
    IReadOnlyList<SlotView> Slots,
    int Adopted,
    IReadOnlySet<WorkerName> Taken,
    Elapsed Now
);

/// <summary>One slot of the pool.</summary>
/// <param name="Running">Whether the slot has a process that was not asked to exit.</param>
/// <param name="Name">The name of the slot's worker, even if it is stopping; null if there is no process.</param>
/// <param name="BackoffUntil">The earliest time at which the slot's next process may start.</param>
/// <param name="Abandoned">Whether the slot was abandoned because another start would fail as well.</param>
internal readonly record struct SlotView(bool Running, WorkerName? Name, Elapsed BackoffUntil, bool Abandoned);

/// <summary>The workers that the local pool should start and drain.</summary>
internal sealed record PoolDecision(IReadOnlyList<(int Slot, WorkerName Name)> Start, IReadOnlyList<int> Drain);
