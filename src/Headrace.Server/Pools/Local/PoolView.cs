using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>Input of the rule of the local pool.</summary>
/// <param name="Slots">The slots to fill, in order; each has a process or waits to restart.</param>
/// <param name="Adopted">Workers of this pool that an earlier server started and that still run.</param>
/// <param name="Taken">Names for which a worker row exists, of any worker.</param>
/// <param name="Now">The time, on the clock of the restart delays.</param>
internal sealed record PoolView(
    IReadOnlyList<SlotView> Slots,
    int Adopted,
    IReadOnlySet<WorkerName> Taken,
    Elapsed Now
);

/// <summary>One slot of the pool.</summary>
/// <param name="Running">Whether it has a process that was not asked to end.</param>
/// <param name="Name">The name of its process, even one that is stopping; null without a process.</param>
/// <param name="BackoffUntil">The earliest time of its next start.</param>
/// <param name="Abandoned">Whether another start would not help.</param>
internal readonly record struct SlotView(bool Running, WorkerName? Name, Elapsed BackoffUntil, bool Abandoned);

/// <summary>What the local pool should do.</summary>
internal sealed record PoolDecision(IReadOnlyList<(int Slot, WorkerName Name)> Start, IReadOnlyList<int> Drain);
