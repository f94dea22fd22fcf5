using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// The router of a server with one shard. That shard answers for every id, also for one that it never minted.
/// </summary>
internal sealed class SingleShardRouter(IShardMailbox shard) : IShardRouter
{
    public IReadOnlyList<IShardMailbox> All { get; } = [shard];

    public IShardMailbox Of(JobId job) => shard;

    public IShardMailbox Of(QueueName queue) => shard;

    public IShardMailbox Of(WorkerName worker) => shard;
}
