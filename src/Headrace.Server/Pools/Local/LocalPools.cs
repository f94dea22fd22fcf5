using Headrace.Core;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// All pools of this machine. If an earlier server of this store left workers running in a pool that is no longer
/// configured, that pool is added. It starts no workers and drains the existing ones.
/// </summary>
internal sealed class LocalPools(
    IReadOnlyList<PoolDefinition> terms,
    LocalWorkers workers,
    IShardRouter shards,
    TimeProvider time,
    ILogger<LocalPool> logger
) : IEffectObserver
{
    public IReadOnlyList<LocalPool> All { get; } =
    [
        .. terms
            .Concat(Abandoned(terms, workers.Server))
            .Select(pool => new LocalPool(PoolSettings.Of(pool, workers), shards, time, logger)),
    ];

    /// <summary>Completes when every pool has reached its minimum number of workers at least once.</summary>
    public Task Complete => Task.WhenAll(All.Select(pool => pool.Complete));

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
            );
        }
    }

    public void Observe(Effect effect)
    {
        foreach (var pool in All)
            pool.Observe(effect);
    }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(All.Select(pool => pool.RunAsync(stop)));

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
