using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Shards;

/// <summary>
/// Finds the shard that owns a job, queue or worker. Other folders address shards only through this interface, so that
/// adding a second shard would change only the router.
/// </summary>
internal interface IShardRouter
{
    /// <summary>All shards, used for lists and counts; see <see cref="ShardLists"/>.</summary>
    IReadOnlyList<IShardMailbox> All { get; }

    /// <summary>Returns the shard that created this id. A job never moves to another shard.</summary>
    IShardMailbox Of(JobId job);

    /// <summary>Returns the shard that accepts new jobs for this queue and keeps its feeds.</summary>
    IShardMailbox Of(QueueName queue);

    /// <summary>Returns the shard that holds this worker's row and grants its leases.</summary>
    IShardMailbox Of(WorkerName worker);
}
