using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Shards;

/// <summary>
/// Finds the shard that owns something. Rooms address shards through it alone, so that a second shard changes the
/// router and none of them.
/// </summary>
internal interface IShardRouter
{
    /// <summary>Every shard, for lists and counts: see <see cref="ShardLists"/>.</summary>
    IReadOnlyList<IShardMailbox> All { get; }

    /// <summary>The shard that minted this id. A job never moves to another.</summary>
    IShardMailbox Of(JobId job);

    /// <summary>The shard that takes new jobs of this queue, and keeps its feeds.</summary>
    IShardMailbox Of(QueueName queue);

    /// <summary>The shard that holds this worker's row and gives it leases.</summary>
    IShardMailbox Of(WorkerName worker);
}
