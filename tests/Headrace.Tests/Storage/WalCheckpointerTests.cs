using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Storage.Sqlite;
using Xunit;
using static SQLitePCL.raw;

namespace Headrace.Tests.Storage;

/// <summary>
/// Tests that the size of the write-ahead log is limited, and that failures of the log are reported as failures of the
/// store (R5, R25).
/// </summary>
public sealed class WalCheckpointerTests : IDisposable
{
    private static readonly WalLimits Small = new(CheckpointPages: 16, MaxPages: 64);
    private readonly StoreFolder _folder = new();
    private readonly Database _database;
    private readonly SqliteWriter _writer;
    private readonly Epoch _epoch;
    private long _batch;

    public WalCheckpointerTests()
    {
        _database = StoreFile.Open(_folder.File, Durability.Os);
        (_, _epoch) = StoreFile.TakeOwnership(_database, new StoreId("id"), new StoreOwner("here", 42));
        _writer = new SqliteWriter(_database, Small);
    }

    private string Log => $"{_folder.File}-wal";

    public void Dispose()
    {
        _writer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_log_does_not_grow_with_the_amount_written()
    {
        for (var i = 0; i < 100; i++)
            Durable();

        // The log may grow to one checkpoint interval plus the roughly twelve pages by which a commit may exceed it.
        // The 100 commits wrote five times as much.
        Assert.InRange(new FileInfo(Log).Length, 1, 42 * 16_384);
        Assert.InRange(_database.QueryLong("PRAGMA page_count"), 500, 1_000);
    }

    [Fact]
    public void At_its_limit_the_log_waits_for_readers_and_then_starts_over()
    {
        var start = TimeProvider.System.GetTimestamp();
        using (var reader = Database.Open(_folder.File, writable: false, TimeSpan.Zero))
        using (new Snapshot(reader))
        {
            Assert.Equal(0, reader.QueryLong("SELECT count(*) FROM payload"));
            for (var i = 0; i < 12; i++)
                Durable();
            Assert.InRange(Pages(), Small.MaxPages, int.MaxValue);
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromMilliseconds(150),
                "The checkpoint did not wait for the reader."
            );
            Assert.Equal(0, reader.QueryLong("SELECT count(*) FROM payload"));
        }

        for (var i = 0; i < 4; i++)
            Durable();

        Assert.InRange(Pages(), 1, Small.MaxPages - 1);
    }

    [Fact]
    public void A_failed_checkpoint_breaks_the_store_permanently_R5()
    {
        var writer = new SqliteWriter(_database, new WalLimits(CheckpointPages: 1, MaxPages: 64));
        Assert.IsType<CommitResult.Durable>(Commit(writer));

        using (var log = File.OpenWrite(Log))
            log.SetLength(32);
        Assert.True(writer.IsCheckpointDue);
        writer.Checkpoint();

        Assert.Contains(
            _folder.File,
            Assert.IsType<CommitResult.Broken>(Commit(writer)).Why.Detail,
            StringComparison.Ordinal
        );
        Assert.False(writer.IsCheckpointDue);
        Assert.IsType<CommitResult.Broken>(Commit(writer));
    }

    private void Durable()
    {
        Assert.IsType<CommitResult.Durable>(Commit(_writer));
        if (_writer.IsCheckpointDue)
            _writer.Checkpoint();
    }

    private CommitResult Commit(SqliteWriter writer)
    {
        var batch = Batches.Freeze(
            ++_batch,
            new RowChange.PayloadAdded(new PayloadRow(new JobId(_batch), PayloadKind.Input, null, new byte[5 * 16_384]))
        );
        return writer.Commit(batch, batch.Shard!, _epoch);
    }

    private int Pages()
    {
        using var other = Database.Open(_folder.File, writable: true, TimeSpan.Zero);
        other.QueryLong("SELECT count(*) FROM store");
        return other.Checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    }
}
