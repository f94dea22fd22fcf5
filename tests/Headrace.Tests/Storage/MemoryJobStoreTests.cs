using Headrace.Core;
using Headrace.Storage.Memory;
using Xunit;

namespace Headrace.Tests.Storage;

public sealed class MemoryJobStoreTests : JobStoreConformance
{
    private protected override IJobStore Create(TimeProvider time) => MemoryJobStore.Create(time);

    private protected override ValueTask<IJobStore> ReopenAsync(IJobStore jobStore) => ValueTask.FromResult(jobStore);

    [Fact]
    public void Each_start_creates_a_new_store_R9() =>
        Assert.NotEqual(
            MemoryJobStore.Create(TimeProvider.System).Store.Id,
            MemoryJobStore.Create(TimeProvider.System).Store.Id
        );
}
