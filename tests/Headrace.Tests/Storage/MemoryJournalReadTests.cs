using Headrace.Core;
using Headrace.Storage.Memory;

namespace Headrace.Tests.Storage;

public sealed class MemoryJournalReadTests : JournalReadConformance
{
    private protected override IJournal Create(TimeProvider time) => MemoryJournal.Create(time);

    private protected override ValueTask<IJournal> ReopenAsync(IJournal journal) => ValueTask.FromResult(journal);
}
