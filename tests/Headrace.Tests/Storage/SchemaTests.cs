using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// Tests that a store with any released schema can be opened, and that no schema has been changed since its release
/// (R26).
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
        // With a cache of only a few pages, changes are written to the WAL before the commit, as in a large store.
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
                new ShardRow(1, 1001, 101, new Instant(1))
                {
                    NextRegistryVersion = version < 5 ? 1 : 93,
                    NextDeliveryEpoch = version < 8 ? 1 : 94,
                },
                SampleRows.Counter("eu", JobState.Ready, 3),
                Of(version, SampleRows.Method("noop", 1)),
                SampleRows.Worker("w"),
                .. Feeds(version),
                .. Documents(version),
                .. Sweeps(version),
                Of(version, SampleRows.Job(1)),
            ],
            await LoadedRows.OfAsync(jobStore)
        );
        AssertEqual(
            [
                SampleRows.Payload(1, PayloadKind.Input, "body"),
                Of(version, SampleRows.Done(2, 1)),
                SampleRows.Payload(2, PayloadKind.Result, "result"),
                Of(version, SampleRows.Attempt(2, 1)),
                SampleRows.Log(2, 1, "line"),
                SampleRows.Key("order-7", 42, 2),
                .. Records(version),
            ],
            await jobStore.ReadAsync(
                [
                    new RowKey.Payload(new JobId(1), PayloadKind.Input),
                    new RowKey.Ended(new JobId(2)),
                    new RowKey.Payload(new JobId(2), PayloadKind.Result),
                    new RowKey.Attempts(new JobId(2)),
                    new RowKey.Logs(new JobId(2)),
                    new RowKey.Key(SampleRows.Key("order-7", 42, 2).Name),
                    new RowKey.Record("audit", "0000000000000092"),
                ],
                Stop
            )
        );
        Assert.IsType<CommitResult.Durable>(
            await jobStore.CommitAsync(Batches.Freeze(2, new RowChange.JobAdded(SampleRows.Job(3))), epoch, Stop)
        );
    }

    [Theory]
    [InlineData("00000BB8", 3_000)]
    [InlineData("00100000", 1_048_576)]
    [InlineData("7FFFFFFF", int.MaxValue)]
    public async Task The_length_of_params_stored_with_the_body_moves_to_its_own_column(string column, int length)
    {
        Make(4);
        using (var database = Database.Open(_folder.File, writable: true, TimeSpan.Zero))
            foreach (var table in (string[])["job", "completed_job"])
                database.Execute($"UPDATE {table} SET params = X'00{column}'");
        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);

        await jobStore.OpenAsync(new StoreOwner("here", 43), Stop);

        var live = (await LoadedRows.OfAsync(jobStore)).OfType<JobRow>().Single().Spec;
        var read = await jobStore.ReadAsync([new RowKey.Ended(new JobId(2))], Stop);
        var ended = read.OfType<DoneRow>().Single().Job.Spec;
        Assert.All([live, ended], spec => Assert.Equal((0, length), (spec.Params.Length, spec.PayloadParamsBytes)));
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

    /// <summary>Feeds were added in version 2, and feeds with leases were added in version 8.</summary>
    private static StoredRow[] Feeds(int version) =>
        version < 2
            ? []
            :
            [
                version < 8
                    ? new FeedRow(new FeedName("latest"), new QueueName("eu"), 80) { Implicit = true }
                    : SampleRows.Feed("latest"),
                SampleRows.FeedRange("latest", 81, 82),
            ];

    /// <summary>The registry was added in version 5.</summary>
    private static StoredRow[] Documents(int version) =>
        version < 5
            ? []
            : [new RegistryDocument("user", "a@example.com", 91, """{"a":90}"""u8.ToArray()) { Job = new JobId(1) }];

    /// <summary>Sweeps were added in version 6. In the released versions, they had no idempotency keys.</summary>
    private static StoredRow[] Sweeps(int version) =>
        version < 6
            ? []
            : [SampleRows.Sweep(1) with { Key = null, Filter = SampleRows.Sweep(1).Filter with { Parent = null } }];

    private static StoredRow[] Records(int version) =>
        version < 5 ? [] : [new RegistryRecord("audit", "0000000000000092", 92, """{"a":92}"""u8.ToArray())];

    /// <summary>
    /// Result schemas, slots, tags and trace contexts were added in version 4, the length of long params in version 5,
    /// retry policies and attempt measurements in version 6,
    /// and parents in version 9.
    /// </summary>
    private static StoredRow Of(int version, StoredRow row) =>
        (version, row) switch
        {
            ( < 6, MethodRow method) => method with
            {
                ResultSchema = version < 4 ? "" : method.ResultSchema,
                Slots = version < 4 ? 1 : method.Slots,
                Retry = RetryOptions.None,
            },
            ( < 9, JobRow job) => job with
            {
                LatestSubmission = null,
                Spec = job.Spec with
                {
                    Parent = null,
                    Tags = version < 4 ? JobTags.None : job.Spec.Tags,
                    Traceparent = version < 4 ? null : job.Spec.Traceparent,
                    PayloadParamsBytes = version < 5 ? 0 : job.Spec.PayloadParamsBytes,
                    Retry = version < 6 ? RetryPolicy.Default with { Max = job.Spec.Retries } : job.Spec.Retry,
                    RetryOf = version < 6 ? null : job.Spec.RetryOf,
                },
            },
            ( < 9, DoneRow done) => done with { Job = (JobRow)Of(version, done.Job) },
            ( < 6, AttemptRow attempt) => attempt with { Metrics = null },
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
