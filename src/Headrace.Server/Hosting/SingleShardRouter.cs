using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// The router of a server with one shard. That shard answers for every id, also for one that it never minted.
/// </summary>
internal sealed class SingleShardRouter(IShardDoor shard) : IShardRouter
{
    public IReadOnlyList<IShardDoor> All { get; } = [shard];

    public IShardDoor Of(JobId job) => shard;

    public IShardDoor Of(QueueName queue) => shard;

    public IShardDoor Of(WorkerName worker) => shard;
}
