using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Tests that a store of every released schema can be opened, and that no schema was changed after its release (R26).
/// </summary>
public sealed class SchemaTests : IDisposable
{
    private const string Columns = """
        SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk || ' ' || c.hidden
        FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' ORDER BY 1
        """;

    private const string Indexes = """
        SELECT i.tbl_name || ' ' || i.name || ' ' || c.seqno || ' ' || ifnull(c.name, 'rowid') || ' ' || c.key
        FROM sqlite_schema i, pragma_index_xinfo(i.name) c WHERE i.type = 'index' ORDER BY 1
        """;

    private readonly StoreFolder _folder = new();

    public static TheoryData<int> Published => [.. Enumerable.Range(1, Schema.Current)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Published))]
    public async Task A_store_of_every_released_version_opens_with_all_of_its_content(int version)
    {
        Make(version);

        await AssertOpensWholeAsync(_folder, version);
    }

    [Fact]
    public async Task A_store_interrupted_at_any_point_of_its_upgrade_opens_with_all_of_its_content_R26()
    {
        var version = Schema.Current - 1;
        Make(version);
        using var upgrading = StoreFile.Open(_folder.File, Durability.Os);
        // With a cache of only a few pages, changes are written to the WAL before the commit, as they are in a large
        // store.
        upgrading.Execute("PRAGMA cache_size = 1; BEGIN IMMEDIATE");
        var written = 0L;

        foreach (var statement in Schema.Steps[version].Split(";\n"))
        {
            upgrading.Execute(statement);
            using var interrupted = new StoreFolder();
            File.Copy(_folder.File, interrupted.File);
            File.Copy(_folder.File + "-wal", interrupted.File + "-wal");
            written = new FileInfo(interrupted.File + "-wal").Length;
            await AssertOpensWholeAsync(interrupted, version);
        }

        Assert.True(upgrading.InTransaction);
        Assert.NotEqual(0, written);
    }

    private static async Task AssertOpensWholeAsync(StoreFolder folder, int version)
    {
        await using var jobStore = SqliteJobStore.Create(folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(new StoreOwner("here", 43), Stop);

        Assert.Equal(6, epoch.Value);
        Assert.Equal(new StoreRow(new StoreId("0123456789abcdef0123456789abcdef"), Schema.Current), jobStore.Store);
        AssertEqual(
            [
                new ShardRow(1, 1001, 101, new Instant(1)),
                SampleRows.Counter("eu", JobState.Ready, 3),
                Of(version, SampleRows.Method("noop", 1)),
                SampleRows.Worker("w"),
                .. Feeds(version),
                Of(version, SampleRows.Job(1)),
            ],
            await LoadedRows.OfAsync(jobStore)
        );
        AssertEqual(
            [
                SampleRows.Payload(1, PayloadKind.Input, "body"),
                Of(version, SampleRows.Done(2, 1)),
                SampleRows.Payload(2, PayloadKind.Result, "result"),
                SampleRows.Attempt(2, 1),
                SampleRows.Log(2, 1, "line"),
                SampleRows.Key("order-7", 42, 2),
            ],
            await jobStore.ReadAsync(
                [
                    new RowKey.Payload(new JobId(1), PayloadKind.Input),
                    new RowKey.Ended(new JobId(2)),
                    new RowKey.Payload(new JobId(2), PayloadKind.Result),
                    new RowKey.Attempts(new JobId(2)),
                    new RowKey.Logs(new JobId(2)),
                    new RowKey.Key(SampleRows.Key("order-7", 42, 2).Name),
                ],
                Stop
            )
        );
        Assert.IsType<CommitResult.Durable>(
            await jobStore.CommitAsync(Batches.Freeze(2, new RowChange.JobAdded(SampleRows.Job(3))), epoch, Stop)
        );
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void An_upgraded_store_has_the_tables_of_a_new_one(int version)
    {
        Make(version);
        using var old = StoreFile.Open(_folder.File, Durability.Os);
        StoreFile.TakeOwnership(old, new StoreId("unused"), new StoreOwner("here", 43));
        using var other = new StoreFolder();
        using var created = StoreFile.Open(other.File, Durability.Os);
        StoreFile.TakeOwnership(created, new StoreId("new"), new StoreOwner("here", 43));

        Assert.Equal(Lines(created, Columns), Lines(old, Columns));
        Assert.Equal(Lines(created, Indexes), Lines(old, Indexes));
        Assert.Equal(["ok"], Lines(old, "PRAGMA integrity_check"));
    }

    /// <summary>Feeds were added in version 2.</summary>
    private static StoredRow[] Feeds(int version) =>
        version < 2 ? [] : [SampleRows.Feed("latest"), SampleRows.FeedRange("latest", 81, 82)];

    /// <summary>Result schemas, slots, tags and trace contexts were added in version 4.</summary>
    private static StoredRow Of(int version, StoredRow row) =>
        (version, row) switch
        {
            ( < 4, MethodRow method) => method with { ResultSchema = "", Slots = 1 },
            ( < 4, JobRow job) => job with { Spec = job.Spec with { Tags = JobTags.None, Traceparent = null } },
            ( < 4, DoneRow done) => done with { Job = (JobRow)Of(version, done.Job) },
            _ => row,
        };

    private void Make(int version)
    {
        using var stream = GetType().Assembly.GetManifestResourceStream($"schema-{version}");
        Assert.True(stream is not null, $"Schemas/{version}.sql is missing. Every released schema needs this file.");
        using var text = new StreamReader(stream);
        File.WriteAllBytes(_folder.File, []);
        using var database = Database.Open(_folder.File, writable: true, TimeSpan.Zero);
        database.Execute(text.ReadToEnd());
    }

    private static List<string> Lines(Database database, string sql)
    {
        var lines = new List<string>();
        var statement = database.Prepare(sql);
        while (statement.Step())
            lines.Add(statement.ReadText());
        statement.Reset();
        Assert.NotEmpty(lines);
        return lines;
    }

    private static void AssertEqual(IEnumerable<StoredRow> expected, IEnumerable<StoredRow> actual) =>
        Assert.Equal(FieldText.All(expected), FieldText.All(actual));
}
