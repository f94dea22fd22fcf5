using Headrace.Core;
using Headrace.Storage.Memory;
using Xunit;

namespace Headrace.Tests.Storage;

public sealed class MemoryJournalTests : JournalConformance
{
    private protected override IJournal Create(TimeProvider time) => MemoryJournal.Create(time);

    private protected override ValueTask<IJournal> ReopenAsync(IJournal journal) => ValueTask.FromResult(journal);

    [Fact]
    public void Each_start_is_another_store_R9() =>
        Assert.NotEqual(
            MemoryJournal.Create(TimeProvider.System).Store.Id,
            MemoryJournal.Create(TimeProvider.System).Store.Id
        );
}
