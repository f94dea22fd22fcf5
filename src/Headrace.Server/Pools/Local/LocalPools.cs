using Headrace.Core;
using Headrace.Server.Pools.Describing;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// All pools on this machine. They include every pool that is no longer configured but in which an earlier server of
/// this store left workers running. Such a pool starts no workers and drains the existing ones.
/// </summary>
internal sealed class LocalPools : IEffectObserver
{
    private readonly LocalPool[] _pools;
    private readonly IReadOnlyList<MethodLearner> _learners;

    /// <param name="terms">The configured pools.</param>
    /// <param name="known">The methods of the server's worker program; null if they are not known.</param>
    /// <param name="workers">Settings common to all local workers.</param>
    /// <param name="shards">The shards of the broker.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Creates the loggers.</param>
    public LocalPools(
        IReadOnlyList<PoolDefinition> terms,
        IReadOnlyList<MethodRef>? known,
        LocalWorkers workers,
        IShardRouter shards,
        TimeProvider time,
        ILoggerFactory logs
    )
    {
        Output = new WorkerLogs(time);
        _pools =
        [
            .. terms
                .Concat(Abandoned(terms, workers.Server))
                .Select(pool => new LocalPool(
                    PoolSettings.Of(pool, workers),
                    shards,
                    Output,
                    time,
                    logs.CreateLogger<LocalPool>()
                )),
        ];
        Managed =
        [
            .. terms.Zip(
                _pools,
                (pool, provider) =>
                    new ManagedPool(pool, provider, new PoolMethods(pool.Command is null ? known : null))
            ),
        ];
        _learners =
        [
            .. from pool in Managed
            where pool.Definition.Policy.Max > 0
            let program = workers.ProgramOf(pool.Definition)
            where program is not null
            select new MethodLearner(program, pool.Learned, shards, time, logs.CreateLogger<MethodLearner>()),
        ];
    }

    /// <summary>All pools, with the configured ones first.</summary>
    public IReadOnlyList<LocalPool> All => _pools;

    /// <summary>The configured pools, in order.</summary>
    public IReadOnlyList<ManagedPool> Managed { get; }

    /// <summary>The output of the workers.</summary>
    public WorkerLogs Output { get; }

    /// <summary>
    /// Completes when every pool has reached its minimum number of workers and every program has been run once to
    /// describe its methods.
    /// </summary>
    public Task Complete =>
        Task.WhenAll(All.Select(pool => pool.Complete).Concat(_learners.Select(learner => learner.First)));

    /// <summary>The combined status of all pools.</summary>
    public PoolStatus Status
    {
        get
        {
            var each = All.Select(pool => pool.Status).ToList();
            return new PoolStatus(
                each.Sum(s => s.Target),
                each.Sum(s => s.Joined),
                each.All(s => s.Complete),
                each.Max(s => s.ShortSeconds),
                [.. each.SelectMany(s => s.Slots)],
                [.. each.SelectMany(s => s.Adopted)]
            )
            {
                Describing =
                [
                    .. _learners.Where(learner => !learner.First.IsCompleted).Select(learner => learner.Pool),
                ],
                Problems = [.. Managed.SelectMany(pool => pool.Learned.Problems)],
            };
        }
    }

    public void Observe(IReadOnlyList<Effect> effects)
    {
        foreach (var pool in _pools)
            pool.Observe(effects);
    }

    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(
            All.Select(pool => pool.RunAsync(stop)).Concat(_learners.Select(learner => learner.RunAsync(stop)))
        );

    public Task DrainAsync(TimeSpan grace, CancellationToken abandon) =>
        Task.WhenAll(All.Select(pool => pool.DrainAsync(grace, abandon)));

    private static IEnumerable<PoolDefinition> Abandoned(IReadOnlyList<PoolDefinition> terms, string server) =>
        ProcessTable
            .Workers()
            .Where(worker => worker.Server == server)
            .Select(worker => worker.Pool)
            .Distinct()
            .Except(terms.Select(pool => pool.Name))
            .Select(name => PoolDefinition.Fixed(0) with { Name = name });
}
