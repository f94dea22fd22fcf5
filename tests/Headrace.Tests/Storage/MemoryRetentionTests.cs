using Headrace.Core;
using Headrace.Storage.Memory;

namespace Headrace.Tests.Storage;

public sealed class MemoryRetentionTests : RetentionConformance
{
    private protected override IJobStore Create(TimeProvider time) => MemoryJobStore.Create(time);

    private protected override ValueTask<IJobStore> ReopenAsync(IJobStore jobStore) => ValueTask.FromResult(jobStore);
}
