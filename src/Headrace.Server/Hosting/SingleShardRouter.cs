using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// Routes all commands to the server's only shard. That shard handles every id, including ids that it did not create.
/// </summary>
internal sealed class SingleShardRouter(IShardMailbox shard) : IShardRouter
{
    public IReadOnlyList<IShardMailbox> All { get; } = [shard];

    public IShardMailbox Of(JobId job) => shard;

    public IShardMailbox Of(QueueName queue) => shard;

    public IShardMailbox Of(WorkerName worker) => shard;
}
