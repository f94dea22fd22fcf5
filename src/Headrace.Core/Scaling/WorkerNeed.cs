namespace Headrace.Core.Scaling;

/// <summary>States how many workers a pool should start for its waiting jobs.</summary>
/// <param name="Missing">Number of workers to start, in addition to those that are starting.</param>
/// <param name="Reason">
/// A sentence, preceded by a space, that states how many workers the jobs would fill; empty if the number is one
/// or unknown.
/// </param>
internal readonly record struct WorkerNeed(int Missing, string Reason)
{
    /// <summary>
    /// Sums the slots that the waiting jobs need. A worker with 6 slots runs one job of 4 slots at a time, not one and
    /// a half. Until a worker joins, the number of slots per worker is unknown, and one worker is started.
    /// </summary>
    /// <param name="pool">The pool.</param>
    /// <param name="lanes">The waiting jobs that a new worker of the pool could run.</param>
    public static WorkerNeed Of(PoolView pool, IReadOnlyList<DemandView> lanes)
    {
        var starting = pool.Members.Count(member =>
            member.State == MemberState.Starting && member.Duration < pool.Policy.StartTimeout
        );
        if (pool.NewWorkerSlots is not { } slots)
            return new WorkerNeed(Math.Max(0, 1 - starting), "");
        // The sum is rounded first, so that three thirds count as one worker.
        var workers = lanes.Sum(lane => (decimal)lane.Ready / Math.Max(1, slots / lane.SlotsPerJob));
        var filled = (int)Math.Min(int.MaxValue, Math.Ceiling(Math.Round(workers, 6)));
        return new WorkerNeed(
            Math.Max(0, filled - starting),
            filled > 1 ? $" The waiting jobs would fill {filled} workers with {slots} "
                + $"{(slots == 1 ? "slot" : "slots")}." : ""
        );
    }
}
