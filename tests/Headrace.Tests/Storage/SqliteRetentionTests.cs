using Headrace.Core;
using Headrace.Storage.Sqlite;

namespace Headrace.Tests.Storage;

public sealed class SqliteRetentionTests : RetentionConformance
{
    private readonly StoreFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    // Syncing to the disk is disabled, because these tests do not depend on it and run many times faster without it.
    private protected override IJobStore Create(TimeProvider time) =>
        SqliteJobStore.Create(_folder.File, Durability.Os, time);

    private protected override async ValueTask<IJobStore> ReopenAsync(IJobStore jobStore)
    {
        await jobStore.DisposeAsync();
        return Create(TimeProvider.System);
    }
}
