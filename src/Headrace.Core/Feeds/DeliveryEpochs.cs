namespace Headrace.Core.Feeds;

/// <summary>
/// Numbers the pulls that deliver with a lease. A delivery token contains the number of its pull, its <i>epoch</i>, so
/// that a consumer cannot release a delivery that another consumer now holds. Creating or moving a feed also takes a
/// number, so that tokens from earlier pulls can be recognized. No epoch occurs twice, not even after a crash: a commit
/// reserves many of them at once, and after a restart the server continues with the first epoch that is not reserved.
/// </summary>
internal sealed class DeliveryEpochs
{
    /// <summary>Number of epochs reserved at once. A commit is needed only when all of them have been used.</summary>
    private const int Block = 1_000;

    /// <summary>The epoch of the next pull.</summary>
    public long Next { get; private set; } = 1;

    /// <summary>The first epoch that is not reserved; stored in the shard row.</summary>
    public long Reserved { get; private set; } = 1;

    public void Restore(long reserved) => Next = Reserved = reserved;

    public long Take(Batch batch)
    {
        if (Next == Reserved)
        {
            Reserved += Block;
            batch.RequireCommit();
        }
        return Next++;
    }
}
