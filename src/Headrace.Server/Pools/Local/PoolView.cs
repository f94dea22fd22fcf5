using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>What the rule of the local pool looks at.</summary>
/// <param name="Slots">The slots that are to be filled, in order; each has a process or rests.</param>
/// <param name="Adopted">Workers of this pool that an earlier server started, and that still run.</param>
/// <param name="Taken">Names that some worker's row has, whoever it is.</param>
/// <param name="Now">The time on the clock in which rests are counted.</param>
internal sealed record PoolView(
    IReadOnlyList<SlotView> Slots,
    int Adopted,
    IReadOnlySet<WorkerName> Taken,
    Elapsed Now
);

/// <summary>One slot of the pool.</summary>
/// <param name="Running">It has a process that was not asked to end.</param>
/// <param name="Name">The name of its process, also of one that is ending; null without one.</param>
/// <param name="BackoffUntil">When it may start another.</param>
/// <param name="Abandoned">Starting another would not help.</param>
internal readonly record struct SlotView(bool Running, WorkerName? Name, Elapsed BackoffUntil, bool Abandoned);

/// <summary>What the local pool should do now.</summary>
internal sealed record PoolDecision(IReadOnlyList<(int Slot, WorkerName Name)> Start, IReadOnlyList<int> Drain);
