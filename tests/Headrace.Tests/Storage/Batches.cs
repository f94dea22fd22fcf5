using Headrace.Core;

namespace Headrace.Tests.Storage;

/// <summary>Builds frozen batches directly, without a broker.</summary>
internal static class Batches
{
    public static Batch Freeze(long number, params RowChange[] changes)
    {
        var batch = new Batch();
        foreach (var change in changes)
            batch.Add(change);
        batch.Freeze(
            new ShardRow(number, 1000 + number, 100 + number, new Instant(number))
            {
                NextRegistryVersion = 200 + number,
                NextDeliveryEpoch = 300 + number,
            }
        );
        return batch;
    }
}
