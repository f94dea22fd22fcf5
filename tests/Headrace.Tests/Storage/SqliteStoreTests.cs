using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>Tests behaviour that is specific to the SQLite file: settings, versions, locks and damage.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private static readonly StoreOwner Owner = new("here", 42);
    private readonly StoreFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_store_has_large_pages_a_log_auto_vacuum_and_private_file_permissions_R25()
    {
        using var database = StoreFile.Open(_folder.File, Durability.Fsync);
        StoreFile.TakeOwnership(database, new StoreId("id"), Owner);

        Assert.Equal(16_384, database.QueryLong("PRAGMA page_size"));
        Assert.Equal(2, database.QueryLong("PRAGMA auto_vacuum"));
        Assert.Equal(2, database.QueryLong("PRAGMA synchronous"));
        Assert.Equal(0, database.QueryLong("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode <> 'wal'"));
        const UnixFileMode owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var file in Directory.GetFiles(_folder.Path))
            Assert.Equal(owners, File.GetUnixFileMode(file));
    }

    [Fact]
    public void In_os_mode_commits_do_not_wait_for_the_disk_R25()
    {
        using var database = StoreFile.Open(_folder.File, Durability.Os);

        Assert.Equal(1, database.QueryLong("PRAGMA synchronous"));
    }

    [Fact]
    public async Task A_newer_schema_is_rejected_with_both_versions_and_left_unchanged_R26()
    {
        await MakeAsync();
        Alter($"UPDATE store SET schema = {Schema.Current + 7}");
        var before = await File.ReadAllBytesAsync(_folder.File, Stop);

        var refused = await Assert.ThrowsAsync<HeadraceException>(OpenAsync);

        Assert.Contains($"version {Schema.Current + 7}", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"up to {Schema.Current}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.File, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File, Stop));
    }

    [Fact]
    public async Task A_database_of_another_application_is_rejected_and_left_unchanged()
    {
        await File.WriteAllBytesAsync(_folder.File, [], Stop);
        Alter("CREATE TABLE store (schema INTEGER); INSERT INTO store VALUES (1)");
        var before = await File.ReadAllBytesAsync(_folder.File, Stop);

        var refused = await Assert.ThrowsAsync<HeadraceException>(OpenAsync);

        Assert.Contains("not a Headrace store", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File, Stop));
        Assert.Equal([_folder.File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_missing_folder_is_reported_with_its_path_and_a_remedy()
    {
        await using var jobStore = SqliteJobStore.Create(
            Path.Combine(_folder.Path, "none", "headrace.db"),
            Durability.Os,
            TimeProvider.System
        );

        var failure = await Assert.ThrowsAsync<HeadraceException>(() => jobStore.OpenAsync(Owner, Stop));

        Assert.Contains(Path.Combine(_folder.Path, "none", "headrace.db"), failure.Message, StringComparison.Ordinal);
        Assert.Contains("Check that the store's folder exists", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_reported_at_the_start()
    {
        await File.WriteAllTextAsync(_folder.File, new string('x', 100_000), Stop);

        var failure = await Assert.ThrowsAsync<SqliteStoreException>(OpenAsync);

        Assert.Contains(_folder.File, failure.Message, StringComparison.Ordinal);
        Assert.Contains("not a SQLite database", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_damaged_page_is_detected_while_loading_and_the_file_is_reported()
    {
        await MakeAsync(new RowChange.JobAdded(SampleRows.Job(1)));
        Damage("job");

        await using var jobStore = await OpenAsync();
        var failure = await Assert.ThrowsAsync<SqliteStoreException>(() => LoadedRows.OfAsync(jobStore));

        Assert.Contains(_folder.File, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Restore a backup", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_page_fails_the_commit_that_reads_it_and_the_file_is_reported_R5()
    {
        await MakeAsync(new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 1)));
        Damage("counter");

        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        var result = await jobStore.CommitAsync(
            Batches.Freeze(2, new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 2))),
            epoch,
            Stop
        );

        Assert.Contains(_folder.File, Assert.IsType<CommitResult.Broken>(result).Why.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_fails_before_its_first_row_shows_a_broken_store_and_blames_no_client_R5()
    {
        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        Alter("ALTER TABLE shard RENAME TO gone");

        var result = await jobStore.CommitAsync(
            Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1))),
            epoch,
            Stop
        );

        Assert.Contains(
            "no such table",
            Assert.IsType<CommitResult.Broken>(result).Why.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_lock_of_another_program_delays_a_commit_and_the_identical_batch_succeeds_later_R5()
    {
        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        var batch = Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1)));

        using (var other = Database.Open(_folder.File, writable: true, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");
            Assert.Contains(
                "locked",
                Assert.IsType<CommitResult.Later>(await jobStore.CommitAsync(batch, epoch, Stop)).Why.Detail,
                StringComparison.Ordinal
            );
        }

        Assert.IsType<CommitResult.Durable>(await jobStore.CommitAsync(batch, epoch, Stop));
        Assert.Single((await LoadedRows.OfAsync(jobStore)).OfType<JobRow>());
    }

    [Fact]
    public void A_full_disk_delays_a_commit_without_a_trace_and_the_identical_batch_succeeds_later_R5()
    {
        using var database = StoreFile.Open(_folder.File, Durability.Os);
        var (_, epoch) = StoreFile.TakeOwnership(database, new StoreId("id"), Owner);
        using var writer = new SqliteWriter(database, WalLimits.Default);
        var batch = Batches.Freeze(
            1,
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.PayloadAdded(
                new PayloadRow(new JobId(1), PayloadKind.Input, null, new byte[Limits.InlineBytes])
            )
        );

        database.QueryLong($"PRAGMA max_page_count = {database.QueryLong("PRAGMA page_count") + 10}");
        Assert.Contains(
            "full",
            Assert.IsType<CommitResult.Later>(writer.Commit(batch, batch.Shard!, epoch)).Why.Detail,
            StringComparison.Ordinal
        );
        Assert.Equal(0, database.QueryLong("SELECT count(*) FROM job"));

        database.QueryLong("PRAGMA max_page_count = 1000000");
        Assert.IsType<CommitResult.Durable>(writer.Commit(batch, batch.Shard!, epoch));
        Assert.Equal(1, database.QueryLong("SELECT count(*) FROM job"));
    }

    [Fact]
    public async Task Freed_pages_are_reported_with_the_commit_that_frees_them_R25()
    {
        await using var jobStore = await OpenAsync();
        Assert.InRange(jobStore.FreePageBytes, 0, 50_000);
        Alter("INSERT INTO payload (id, bytes) VALUES (1, zeroblob(1000000)); DELETE FROM payload;");

        Assert.IsType<CommitResult.Durable>(
            await jobStore.CommitAsync(Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1))), new Epoch(1), Stop)
        );

        Assert.InRange(jobStore.FreePageBytes, 900_000, 1_100_000);
    }

    [Fact]
    public async Task A_failed_store_is_closed_without_changing_its_log_R5()
    {
        await MakeAsync(new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 1)));
        Damage("counter");
        var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        Assert.IsType<CommitResult.Broken>(
            await jobStore.CommitAsync(
                Batches.Freeze(2, new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 2))),
                epoch,
                Stop
            )
        );
        var (file, log) = (
            await File.ReadAllBytesAsync(_folder.File, Stop),
            await File.ReadAllBytesAsync(_folder.File + "-wal", Stop)
        );

        await jobStore.DisposeAsync();

        Assert.Equal(file, await File.ReadAllBytesAsync(_folder.File, Stop));
        Assert.Equal(log, await File.ReadAllBytesAsync(_folder.File + "-wal", Stop));
    }

    [Fact]
    public async Task A_check_accepts_an_intact_store_and_its_log_and_detects_a_damaged_one_R5()
    {
        Assert.True(StoreCheck.Run(_folder.File, TimeSpan.FromMinutes(1), TimeProvider.System)); // does not exist yet
        await using (await OpenAsync())
            Assert.True(StoreCheck.Run(_folder.File, TimeSpan.FromMinutes(1), TimeProvider.System));
        await MakeAsync(new RowChange.JobAdded(SampleRows.Job(1)));
        Assert.True(StoreCheck.Run(_folder.File, TimeSpan.FromMinutes(1), TimeProvider.System));
        Damage("done_queue");

        var damaged = Assert.Throws<SqliteStoreException>(() =>
            StoreCheck.Run(_folder.File, TimeSpan.FromMinutes(1), TimeProvider.System)
        );

        Assert.Contains(_folder.File, damaged.Message, StringComparison.Ordinal);
        Assert.Contains("Restore a backup", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_stops_at_its_time_limit_and_reports_that_it_is_incomplete_R5()
    {
        await MakeAsync([.. Enumerable.Range(1, 20_000).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id)))]);

        Assert.False(StoreCheck.Run(_folder.File, TimeSpan.Zero, TimeProvider.System));
    }

    [Fact]
    public async Task Opening_the_same_file_again_fences_the_first_owner()
    {
        await using var first = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var former = await first.OpenAsync(Owner, Stop);
        await using var second = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var current = await second.OpenAsync(Owner, Stop);

        Assert.IsType<CommitResult.Fenced>(
            await first.CommitAsync(Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1))), former, Stop)
        );
        Assert.IsType<CommitResult.Durable>(
            await second.CommitAsync(Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(2))), current, Stop)
        );
    }

    [Fact]
    public async Task A_store_that_is_reopened_repeatedly_grows_by_what_each_owner_wrote()
    {
        for (var round = 1; round <= 50; round++)
        {
            await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
            var epoch = await jobStore.OpenAsync(Owner, Stop);
            Assert.Equal(round, epoch.Value);
            Assert.Equal(round - 1, (await LoadedRows.OfAsync(jobStore)).OfType<JobRow>().Count());
            Assert.IsType<CommitResult.Durable>(
                await jobStore.CommitAsync(
                    Batches.Freeze(round, new RowChange.JobAdded(SampleRows.Waiting(round))),
                    epoch,
                    Stop
                )
            );
        }

        // Closing the store has moved the contents of the WAL into the database file.
        Assert.Equal([_folder.File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Reads_concurrent_with_commits_see_entire_batches_R25()
    {
        const int batches = 60,
            jobs = 50,
            reads = 3;
        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        var seen = 0;
        var writing = WriteAsync();
        do
        {
            var page = await jobStore.QueryAsync(
                JobFilter.Everything,
                JobOrder.Newest,
                Cursor.Start,
                int.MaxValue,
                TimeSpan.MaxValue,
                Stop
            );
            Assert.Equal(0, page.Rows.Count % jobs);
            var loaded = await LoadedRows.OfAsync(jobStore);
            Assert.Equal(loaded.OfType<ShardRow>().Single().Batch * jobs, loaded.OfType<JobRow>().Count());
            Interlocked.Increment(ref seen);
        } while (!writing.IsCompleted);
        await writing;

        async Task WriteAsync()
        {
            // Continues until enough reads have run concurrently with the writer, however fast the writer is.
            for (var n = 0; n < batches || Volatile.Read(ref seen) < reads; n++)
            {
                var rows = Enumerable
                    .Range(n * jobs, jobs)
                    .Select(id => new RowChange.JobAdded(SampleRows.Waiting(id)));
                Assert.IsType<CommitResult.Durable>(
                    await jobStore.CommitAsync(Batches.Freeze(n + 1, [.. rows]), epoch, Stop)
                );
                // Continues on another thread. Otherwise, the store's thread would run the continuation of each commit
                // and would never process the reads.
                await Task.Yield();
            }
        }
    }

    private async Task<SqliteJobStore> OpenAsync()
    {
        var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        try
        {
            await jobStore.OpenAsync(Owner, Stop);
            return jobStore;
        }
        catch
        {
            await jobStore.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a closed store that contains one batch.</summary>
    private async Task MakeAsync(params RowChange[] changes)
    {
        await using var jobStore = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System);
        var epoch = await jobStore.OpenAsync(Owner, Stop);
        Assert.IsType<CommitResult.Durable>(await jobStore.CommitAsync(Batches.Freeze(1, changes), epoch, Stop));
    }

    private void Alter(string sql)
    {
        using var database = Database.Open(_folder.File, writable: true, TimeSpan.Zero);
        database.Execute(sql);
    }

    /// <summary>Inverts the first byte of the table's first page, which identifies the page type.</summary>
    private void Damage(string table)
    {
        long page;
        using (var database = Database.Open(_folder.File, writable: false, TimeSpan.Zero))
            page = database.QueryLong($"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
        using var file = File.Open(_folder.File, FileMode.Open);
        file.Position = (page - 1) * 16_384;
        var first = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)~first);
    }
}
