using System.Globalization;

namespace Headrace.Core.Scaling;

/// <summary>
/// How many workers each pool should have, from how long work has waited: one more when the oldest job has waited too
/// long and nobody is there or on the way who could take it; one that has
/// been idle for long goes, while nothing waits.
/// <para>
/// Flapping is impossible by construction. A pool starts a worker only when none of its own is idle that could take
/// what waits, so the next drain comes <see cref="ScalingPolicy.IdleAfter"/> later at the earliest;
/// and it drains only when nothing waits for it, so the next start comes <see cref="ScalingPolicy.UpAfter"/> later at
/// the earliest. The exception is a full pool with a member that
/// offers nothing of what waits, as after a restart with other methods: that one is replaced, and each worker stays for
/// <see cref="ScalingPolicy.IdleAfter"/> at least.
/// </para>
/// </summary>
internal static class ScaleRule
{
    /// <param name="pools">
    /// The pools in their order: where several could start a worker, the first that may does.
    /// </param>
    /// <param name="demand">What waits, lane by lane.</param>
    /// <param name="held">Why nothing is given to workers at all; null where things are.</param>
    /// <returns>A decision for each pool, in their order.</returns>
    public static IReadOnlyList<ScaleDecision> Decide(
        IReadOnlyList<PoolView> pools,
        IReadOnlyList<DemandView> demand,
        string? held
    )
    {
        var decisions = new List<ScaleDecision>(pools.Count);
        foreach (var pool in pools)
            decisions.Add(Decide(pool, pools, decisions, demand, held));
        return decisions;
    }

    private static ScaleDecision Decide(
        PoolView pool,
        IReadOnlyList<PoolView> pools,
        List<ScaleDecision> earlier,
        IReadOnlyList<DemandView> demand,
        string? held
    )
    {
        var (policy, size) = (pool.Policy, pool.Members.Count);
        var staying = pool.Members.Count(member => member.State != MemberState.Leaving);
        if (staying < policy.Min && size < policy.Max)
            return Start(
                pool,
                Math.Min(policy.Min - staying, policy.Max - size),
                $"{staying} of at least {policy.Min} workers run."
            );

        var waiting = demand
            .Where(lane => pool.Serves(lane.Method.Name))
            .OrderByDescending(lane => lane.Oldest)
            .ToList();
        if (waiting.Count == 0)
            return WithoutWork(pool, staying - policy.Min);
        if (held is not null)
            return Keep(pool, $"{Longest(waiting)} Nothing is given to workers now: {held}");
        if (waiting[0].Oldest <= policy.UpAfter)
            return Keep(pool, $"{Longest(waiting)} A worker is added after {Seconds(policy.UpAfter)}.");
        string? instead = null;
        foreach (var lane in waiting.TakeWhile(lane => lane.Oldest > policy.UpAfter))
        {
            if (Help(pool, lane, pools, earlier) is { } help)
                instead ??= $"{Longest(waiting)} {help}";
            else if (size >= policy.Max)
                return Full(pool, waiting);
            else
                return Start(
                    pool,
                    1,
                    $"{Waited(lane)}, more than {Seconds(policy.UpAfter)}; {size} of {policy.Max} workers run."
                );
        }
        return Keep(pool, instead!);
    }

    /// <summary>
    /// Who is there or on the way for this lane, here or in another pool; null for nobody. A member that fails is no
    /// help to others, but a second one beside it would fail, too.
    /// </summary>
    private static string? Help(
        PoolView pool,
        DemandView lane,
        IReadOnlyList<PoolView> pools,
        List<ScaleDecision> earlier
    )
    {
        foreach (var other in pools)
        {
            if (!other.Serves(lane.Method.Name))
                continue;
            if (earlier.Any(decision => decision.Pool == other.Name && decision.Start > 0))
                return $"One is being started in '{other.Name}'.";
            foreach (var member in other.Members)
            {
                if (member.State == MemberState.Idle && member.MayTake(lane.Method))
                    return $"A worker of '{other.Name}' is idle: another would not help.";
                if (member.State == MemberState.Starting && member.For < other.Policy.StartLimit)
                    return $"One is starting in '{other.Name}' since {Seconds(member.For)}.";
                if (other == pool && member.State is (MemberState.Starting or MemberState.Failing))
                    return $"One could not be started for {Seconds(member.For)} and is tried again.";
            }
        }
        return null;
    }

    /// <summary>
    /// One that has been idle for long and offers nothing of what waits makes room for one that may, one at a time;
    /// also in a pool at its minimum, for another follows.
    /// </summary>
    private static ScaleDecision Full(PoolView pool, List<DemandView> waiting)
    {
        var useless = pool
            .Members.Index()
            .Where(member =>
                member.Item.State == MemberState.Idle && !waiting.Exists(lane => member.Item.MayTake(lane.Method))
            )
            .ToList();
        if (useless.Count == 0 || pool.Members.Any(member => member.State == MemberState.Leaving))
            return Keep(pool, $"{Longest(waiting)} All {pool.Policy.Max} workers of the pool are in use.");
        var (longest, view) = useless.MaxBy(member => member.Item.For);
        if (view.For < pool.Policy.IdleAfter)
            return Keep(
                pool,
                $"{Longest(waiting)} An idle worker does not offer it, and makes room when it has held nothing for {Seconds(pool.Policy.IdleAfter)}."
            );
        return new ScaleDecision(
            pool.Name,
            0,
            [longest],
            $"{Longest(waiting)} An idle worker that does not offer it makes room."
        );
    }

    private static ScaleDecision WithoutWork(PoolView pool, int surplus)
    {
        var idle = pool
            .Members.Index()
            .Where(member =>
                member.Item.State is (MemberState.Idle or MemberState.Starting or MemberState.Failing)
                && member.Item.For >= pool.Policy.IdleAfter
            )
            .OrderByDescending(member => member.Item.For)
            .ToList();
        var drain = idle.Take(Math.Max(0, surplus)).Select(member => member.Index).ToList();
        if (drain.Count > 0)
            return new ScaleDecision(
                pool.Name,
                0,
                drain,
                $"Nothing waits, and {drain.Count} of {pool.Members.Count} workers held nothing for {Seconds(pool.Policy.IdleAfter)} or longer."
            );
        if (idle.Count > 0)
            return Keep(pool, $"Nothing waits; the pool keeps at least {pool.Policy.Min}.");
        return Keep(
            pool,
            pool.Members.Count == 0
                ? "Nothing waits."
                : $"Nothing waits; a worker goes when it has held nothing for {Seconds(pool.Policy.IdleAfter)}."
        );
    }

    private static ScaleDecision Start(PoolView pool, int workers, string reason) =>
        new(pool.Name, workers, [], reason);

    private static ScaleDecision Keep(PoolView pool, string reason) => new(pool.Name, 0, [], reason);

    private static string Longest(List<DemandView> waiting) => $"{Waited(waiting[0])}.";

    private static string Waited(DemandView lane) =>
        $"The oldest job of {lane.Queue}/{lane.Method} has waited {Seconds(lane.Oldest)}";

    private static string Seconds(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s");
}
