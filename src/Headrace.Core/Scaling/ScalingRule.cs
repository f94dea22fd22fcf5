using System.Globalization;

namespace Headrace.Core.Scaling;

/// <summary>
/// Decides how many workers each pool should have. If the oldest job has been waiting too long and no idle or starting
/// worker can take it, workers are started: as many as the waiting jobs would fill, minus those that are already
/// starting. A worker that has been idle for a long time is drained if no job is waiting.
/// </summary>
/// <remarks>
/// Flapping is impossible by construction. A pool starts a worker only if none of its idle workers can take the waiting
/// jobs, so the next drain follows at least <see cref="ScalingPolicy.IdleAfter"/> later. It drains a worker only if no
/// job is waiting for the pool, so the next start follows at least <see cref="ScalingPolicy.UpAfter"/> later. There is
/// one exception: a pool at its maximum replaces a worker that offers none of the waiting methods, for example after a
/// restart with different methods. Jobs are ignored if a new worker would not offer their methods either, so the
/// replacement is not itself replaced, and each worker stays for at least <see cref="ScalingPolicy.IdleAfter"/>.
/// </remarks>
internal static class ScalingRule
{
    /// <param name="pools">The pools, in order. If several could start a worker, the first one does.</param>
    /// <param name="demand">The ready jobs per lane.</param>
    /// <param name="pausedReason">The reason why claims are paused; null if they are not paused.</param>
    /// <returns>One decision per pool, in the same order.</returns>
    public static IReadOnlyList<ScalingAction> Decide(
        IReadOnlyList<PoolView> pools,
        IReadOnlyList<DemandView> demand,
        string? pausedReason
    )
    {
        var decisions = new List<ScalingAction>(pools.Count);
        foreach (var pool in pools)
            decisions.Add(Decide(pool, pools, decisions, demand, pausedReason));
        return decisions;
    }

    private static ScalingAction Decide(
        PoolView pool,
        IReadOnlyList<PoolView> pools,
        List<ScalingAction> earlier,
        IReadOnlyList<DemandView> demand,
        string? pausedReason
    )
    {
        var (policy, size) = (pool.Policy, pool.Members.Count);
        var staying = pool.Members.Count(member => member.State != MemberState.Leaving);
        if (staying < policy.Min && size < policy.Max)
            return Start(
                pool,
                Math.Min(policy.Min - staying, policy.Max - size),
                $"{staying} of at least {policy.Min} workers are running."
            );

        if (pool.MustLearn && size == 0 && policy.Max > 0)
            return Start(
                pool,
                1,
                $"The program has not described its methods yet. One worker is being started to discover them."
            );

        var served = demand
            .Where(lane => pool.Serves(lane.Method.Name))
            .OrderByDescending(lane => lane.Oldest)
            .ToList();
        var waiting = served.Where(lane => pool.WouldOffer(lane.Method) && pool.WouldHaveSlotsFor(lane)).ToList();
        if (waiting.Count == 0)
            return WhenIdle(pool, staying - policy.Min, served);
        if (pausedReason is not null)
            return NoChange(pool, $"{OldestWait(waiting)} Jobs are not being assigned: {pausedReason}");
        if (waiting[0].Oldest <= policy.UpAfter)
            return NoChange(pool, $"{OldestWait(waiting)} A worker is started after {Seconds(policy.UpAfter)}.");
        Reason? instead = null;
        List<DemandView> overdue = [.. waiting.TakeWhile(lane => lane.Oldest > policy.UpAfter)];
        var need = WorkerNeed.Of(pool, overdue);
        foreach (var lane in overdue)
        {
            if (ReasonNotToStart(pool, lane, pools, earlier, need) is { } help)
                instead ??= Reason.Of($"{OldestWait(waiting)} {help}");
            else if (size >= policy.Max)
                return AtMaximum(pool, waiting);
            else
                return Start(
                    pool,
                    Math.Min(need.Missing, policy.Max - size),
                    $"{DescribeWait(lane)}, longer than {Seconds(policy.UpAfter)}; {size} of at most {policy.Max} "
                        + $"workers are running.{need.Reason}"
                );
        }
        return NoChange(pool, $"{instead!}");
    }

    /// <summary>
    /// Returns the reason why no worker should be started for this lane: an idle or starting worker, in this or another
    /// pool, can take its jobs. Returns null if no worker can, or if the pool needs more workers than those that are
    /// starting. A failing member counts only in its own pool, where a second start would also fail.
    /// </summary>
    private static string? ReasonNotToStart(
        PoolView pool,
        DemandView lane,
        IReadOnlyList<PoolView> pools,
        List<ScalingAction> earlier,
        WorkerNeed need
    )
    {
        foreach (var other in pools)
        {
            if (!other.Serves(lane.Method.Name))
                continue;
            if (earlier.Any(decision => decision.Pool == other.Name && decision.Start > 0))
                return $"A worker is being started in pool '{other.Name}'.";
            foreach (var member in other.Members)
            {
                if (member.State == MemberState.Idle && member.CanRun(lane))
                    return $"A worker in pool '{other.Name}' is idle and can take the job.";
                if (
                    member.State == MemberState.Starting
                    && member.Duration < other.Policy.StartTimeout
                    && (other != pool || need.Missing == 0)
                )
                    return $"A worker in pool '{other.Name}' has been starting for {Seconds(member.Duration)}.";
                if (other == pool && HasFailedToStart(member, pool.Policy))
                    return $"Worker starts have been failing for {Seconds(member.Duration)}; the server keeps trying.";
            }
        }
        return null;
    }

    private static bool HasFailedToStart(MemberView member, ScalingPolicy policy) =>
        member.State == MemberState.Failing
        || (member.State == MemberState.Starting && member.Duration >= policy.StartTimeout);

    /// <summary>
    /// If the pool is at its maximum, drains one worker that has been idle for a long time and offers none of the
    /// waiting methods, so that another worker can take its place. This also applies to a pool at its minimum, because
    /// a replacement follows.
    /// </summary>
    private static ScalingAction AtMaximum(PoolView pool, List<DemandView> waiting)
    {
        var useless = pool
            .Members.Index()
            .Where(member => member.Item.State == MemberState.Idle && !waiting.Exists(member.Item.CanRun))
            .ToList();
        if (useless.Count == 0 || pool.Members.Any(member => member.State == MemberState.Leaving))
            return NoChange(pool, $"{OldestWait(waiting)} The pool is at its maximum of {pool.Policy.Max} workers.");
        var (longest, view) = useless.MaxBy(member => member.Item.Duration);
        if (view.Duration < pool.Policy.IdleAfter)
            return NoChange(
                pool,
                $"{OldestWait(waiting)} An idle worker that does not offer the method is replaced after "
                    + $"{Seconds(pool.Policy.IdleAfter)} without a job."
            );
        return new ScalingAction(
            pool.Name,
            0,
            [longest],
            Reason.Of($"{OldestWait(waiting)} An idle worker that does not offer the method is being replaced.")
        );
    }

    /// <param name="pool">A pool whose new workers could run none of the waiting jobs.</param>
    /// <param name="surplus">Number of workers above the minimum.</param>
    /// <param name="unserved">
    /// The waiting jobs of this pool that a new worker could not run because it would not offer their method or would
    /// have too few slots.
    /// </param>
    private static ScalingAction WhenIdle(PoolView pool, int surplus, List<DemandView> unserved)
    {
        Reason waits =
            unserved.Count == 0
                ? "No jobs are waiting"
                : Reason.Of(
                    $"{DescribeWait(unserved[0])}, but {ReasonUnserved(pool, unserved[0])}. No other jobs are waiting"
                );
        var idle = pool
            .Members.Index()
            .Where(member =>
                member.Item.State is (MemberState.Idle or MemberState.Starting or MemberState.Failing)
                && member.Item.Duration >= pool.Policy.IdleAfter
            )
            .OrderByDescending(member => member.Item.Duration)
            .ToList();
        var drain = idle.Take(Math.Max(0, surplus)).Select(member => member.Index).ToList();
        if (drain.Count > 0)
            return new ScalingAction(
                pool.Name,
                0,
                drain,
                Reason.Of(
                    $"{waits}. Workers idle for {Seconds(pool.Policy.IdleAfter)} or longer: {drain.Count} of "
                        + $"{pool.Members.Count}."
                )
            );
        if (idle.Count > 0)
            return NoChange(pool, $"{waits}; the pool is at its minimum of {pool.Policy.Min}.");
        return pool.Members.Count == 0
            ? NoChange(pool, $"{waits}.")
            : NoChange(pool, $"{waits}; a worker is stopped after {Seconds(pool.Policy.IdleAfter)} without a job.");
    }

    private static string ReasonUnserved(PoolView pool, DemandView lane) =>
        pool.WouldOffer(lane.Method)
            ? $"it takes {lane.SlotsPerJob} slots, and a new worker of this pool would have {pool.NewWorkerSlots}"
            : "a new worker of this pool would not offer the method";

    private static ScalingAction Start(PoolView pool, int workers, ReasonText reason) =>
        new(pool.Name, workers, [], Reason.Of(reason));

    private static ScalingAction NoChange(PoolView pool, ReasonText reason) => new(pool.Name, 0, [], Reason.Of(reason));

    private static Reason OldestWait(List<DemandView> waiting) => Reason.Of($"{DescribeWait(waiting[0])}.");

    /// <summary>
    /// Describes how long the oldest job in a lane has been waiting. The public wording omits the queue, for callers
    /// who are not permitted to see every queue.
    /// </summary>
    private static Reason DescribeWait(DemandView lane)
    {
        var wait = $"has been waiting for {Seconds(lane.Oldest)}";
        return new Reason(
            $"The oldest job of {lane.Queue}/{lane.Method} {wait}",
            $"The oldest job of method {lane.Method} {wait}"
        );
    }

    private static string Seconds(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}
