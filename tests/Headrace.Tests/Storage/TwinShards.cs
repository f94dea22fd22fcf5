using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Storage.Memory;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Two shards that receive the same commands, one with a memory store and one with a SQLite store. Their observable
/// results must be identical.
/// </summary>
internal sealed class TwinShards : IAsyncDisposable
{
    /// <summary>
    /// The limits are small, so that queues are full at times and checking all invariants at every step is fast.
    /// </summary>
    private static readonly BrokerOptions Options = new()
    {
        MaxQueueJobs = 30,
        MaxQueueBytes = 20_000,
        MinRetention = TimeSpan.FromSeconds(1),
    };

    private readonly StoreFolder _folder = new();
    private readonly MemoryJobStore _memory = MemoryJobStore.Create(TimeProvider.System);
    private SqliteJobStore _sqlite;
    private ShardDriver? _first;
    private ShardDriver? _second;
    private int _compared;
    private int _comparedEffects;

    public TwinShards() => _sqlite = OpenFile();

    public ShardDriver First => _first ?? throw new InvalidOperationException("Not started.");

    /// <summary>
    /// Starts both shards, or restarts them as after a server crash: memory is lost, but the stores are not.
    /// </summary>
    public async Task StartAsync(Instant wall)
    {
        if (_second is not null)
        {
            await _sqlite.DisposeAsync();
            _sqlite = OpenFile();
        }
        _first = await ShardDriver.StartAsync(_memory, wall, Options);
        _second = await ShardDriver.StartAsync(_sqlite, wall, Options);
        (_compared, _comparedEffects) = (0, 0);
    }

    public RequestId Send(Command command)
    {
        var requestId = First.Send(command);
        Assert.Equal(requestId, _second!.Send(command));
        return requestId;
    }

    /// <summary>
    /// Performs the same action on both shards and returns the responses that they publish, which must be identical.
    /// </summary>
    public async Task<IReadOnlyList<(RequestId RequestId, Response Response)>> BothAsync(Func<ShardDriver, Task> action)
    {
        await action(First);
        await action(_second!);
        Assert.Null(First.Stopped);
        Assert.Null(_second!.Stopped);
        var published = First.Published[_compared..];
        Assert.Equal(published.Select(Format), _second.Published.Skip(_compared).Select(Format));
        Assert.Equal(
            FieldText.All(First.Effects.Skip(_comparedEffects)),
            FieldText.All(_second.Effects.Skip(_comparedEffects))
        );
        (_compared, _comparedEffects) = (First.Published.Count, First.Effects.Count);
        return published;
    }

    /// <summary>
    /// Compares the rows that would be loaded, every row of every job, and the pages of some searches.
    /// </summary>
    public async Task CompareStoresAsync(Random random)
    {
        Assert.Equal(
            FieldText.All(await LoadedRows.OfAsync(_memory)),
            FieldText.All(await LoadedRows.OfAsync(_sqlite))
        );
        RowKey[] keys =
        [
            .. Enumerable.Range(1, (int)First.Broker.State.NextJob).Select(n => new JobId(n)).SelectMany(Keys),
            .. RandomWork.RegistryNames.Select(name => new RowKey.Record(name.Kind, name.Id)),
            .. RecordPages(random),
        ];
        Assert.Equal(
            FieldText.All(await _memory.ReadAsync(keys, Stop)),
            FieldText.All(await _sqlite.ReadAsync(keys, Stop))
        );
        for (var i = 0; i < 8; i++)
        {
            var (filter, order, limit) = (RandomWork.Filter(random), (JobOrder)random.Next(2), random.Next(5, 40));
            Assert.Equal(
                await ReadAllPagesAsync(_memory, filter, order, limit),
                await ReadAllPagesAsync(_sqlite, filter, order, limit)
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sqlite.DisposeAsync();
        await _memory.DisposeAsync();
        _folder.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SqliteJobStore OpenFile() => SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);

    private static async Task<List<string>> ReadAllPagesAsync(
        IJobStore jobStore,
        JobFilter filter,
        JobOrder order,
        int limit
    )
    {
        var pages = new List<string>();
        for (Cursor? at = Cursor.Start; at is { } next;)
        {
            var page = await jobStore.QueryAsync(filter, order, next, limit, TimeSpan.MaxValue, Stop);
            pages.Add($"{page.Complete} {page.Next?.Key}: {string.Join('\n', FieldText.All(page.Rows))}");
            at = page.Next;
        }
        return pages;
    }

    private static IEnumerable<RowKey> Keys(JobId id) =>
        [
            new RowKey.Live(id),
            new RowKey.Ended(id),
            new RowKey.Payload(id, PayloadKind.Input),
            new RowKey.Payload(id, PayloadKind.Result),
            new RowKey.Attempts(id),
            new RowKey.Logs(id),
        ];

    private static IEnumerable<RowKey> RecordPages(Random random) =>
        from kind in (string[])["user", "key"]
        from order in Enum.GetValues<RecordOrder>()
        from after in (string?[])[null, "b", $"{random.Next(100):D16}"]
        select new RowKey.Records(kind, order, after, random.Next(1, 200));

    private static string Format((RequestId RequestId, Response Response) published) =>
        $"{published.RequestId.Value} {FieldText.Of(published.Response)}";
}
