using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Provides an open job store in new storage. Each implementation defines how a store is created and reopened.
/// </summary>
public abstract class JobStoreSuite : IAsyncLifetime
{
    private protected static readonly StoreOwner Owner = new("here", 42);

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected IJobStore JobStore { get; set; } = null!;

    private protected Epoch Epoch { get; set; }

    /// <summary>The number of the last batch that <see cref="DurableAsync"/> committed.</summary>
    private protected long LastBatch { get; private set; }

    public async ValueTask InitializeAsync()
    {
        JobStore = Create(new FastTimeProvider());
        Epoch = await JobStore.OpenAsync(Owner, Stop);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await JobStore.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract IJobStore Create(TimeProvider time);

    /// <summary>Reopens the same store after its owner has exited.</summary>
    private protected abstract ValueTask<IJobStore> ReopenAsync(IJobStore jobStore);

    private protected async Task DurableAsync(params RowChange[] changes) =>
        Assert.IsType<CommitResult.Durable>(
            await JobStore.CommitAsync(Batches.Freeze(++LastBatch, changes), Epoch, Stop)
        );

    private protected Task<List<StoredRow>> LoadAsync() => LoadedRows.OfAsync(JobStore);

    private protected Task<IReadOnlyList<StoredRow>> ReadAsync(params RowKey[] keys) => JobStore.ReadAsync(keys, Stop);

    /// <summary>
    /// Returns the entire observable contents of the store: the rows that would be loaded, the rows that are read for
    /// these jobs, and the search results.
    /// </summary>
    private protected async Task<IReadOnlyList<string>> ReadContentAsync(params long[] jobs)
    {
        var page = await JobStore.QueryAsync(
            JobFilter.Everything,
            JobOrder.Newest,
            Cursor.Start,
            1000,
            TimeSpan.MaxValue,
            Stop
        );
        return FieldText.All([.. await LoadAsync(), .. await ReadAsync(AllKeys(jobs)), .. page.Rows]);
    }

    private protected static RowKey[] AllKeys(params long[] jobs) =>
        [
            .. jobs.Select(id => new JobId(id))
                .SelectMany(id =>
                    new RowKey[]
                    {
                        new RowKey.Live(id),
                        new RowKey.Ended(id),
                        new RowKey.Payload(id, PayloadKind.Input),
                        new RowKey.Payload(id, PayloadKind.Result),
                        new RowKey.Attempts(id),
                        new RowKey.Logs(id),
                    }
                ),
        ];

    private protected static long Id(StoredRow row) => row is DoneRow done ? done.Job.Id.Value : ((JobRow)row).Id.Value;

    private protected static void AssertEqual(IEnumerable<StoredRow> expected, IEnumerable<StoredRow> actual) =>
        Assert.Equal(FieldText.All(expected), FieldText.All(actual));
}
