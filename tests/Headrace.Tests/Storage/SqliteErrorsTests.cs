using Headrace.Core;
using Headrace.Storage.Sqlite;
using Xunit;
using static SQLitePCL.raw;

namespace Headrace.Tests.Storage;

public sealed class SqliteErrorsTests
{
    [Theory]
    [InlineData(SQLITE_BUSY)]
    [InlineData(SQLITE_LOCKED)]
    [InlineData(SQLITE_FULL)]
    public void Transient_errors_are_retried_R5(int code)
    {
        Assert.Equal("words", Assert.IsType<CommitResult.Later>(Judge(code)).Why.Detail);
        Assert.True(new SqliteStoreException(code, "words").IsTransient);
    }

    [Theory]
    [InlineData(SQLITE_IOERR)]
    [InlineData(SQLITE_CORRUPT)]
    [InlineData(SQLITE_NOTADB)]
    [InlineData(SQLITE_CANTOPEN)]
    [InlineData(SQLITE_READONLY)]
    [InlineData(SQLITE_NOMEM)]
    public void Permanent_errors_of_the_store_or_the_machine_stop_the_owner_R5(int code) =>
        Assert.Equal("words", Assert.IsType<CommitResult.Broken>(Judge(code)).Why.Detail);

    [Theory]
    [InlineData(SQLITE_CONSTRAINT)]
    [InlineData(SQLITE_TOOBIG)]
    [InlineData(SQLITE_MISMATCH)]
    public void Errors_caused_by_the_rows_are_rejections_R5(int code) =>
        Assert.Equal("words", Assert.IsType<CommitResult.Refused>(Judge(code)).Why.Detail);

    [Theory]
    [InlineData(SQLITE_FULL, true)]
    [InlineData(SQLITE_BUSY, false)]
    public void Only_a_full_disk_requires_the_ballast_R25(int code, bool noRoom) =>
        Assert.Equal(noRoom, Assert.IsType<CommitResult.Later>(Judge(code)).NoRoom);

    [Theory]
    [InlineData(SQLITE_IOERR_SHMSIZE, SQLITE_FULL)]
    [InlineData(SQLITE_IOERR_FSYNC, SQLITE_IOERR)]
    [InlineData(SQLITE_IOERR_WRITE, SQLITE_IOERR)]
    public void A_log_index_that_cannot_grow_means_a_full_disk_and_not_a_broken_one_R5(int extended, int primary) =>
        Assert.Equal(primary, SqliteErrors.PrimaryCode(extended));

    [Fact]
    public void The_public_wording_of_a_failure_names_no_path()
    {
        var file = Path.Combine(Path.GetTempPath(), "no-such-folder", "headrace.db");

        var failure = Assert.Throws<SqliteStoreException>(() =>
            Database.Open(file, writable: true, TimeSpan.Zero).Dispose()
        );

        Assert.StartsWith($"The store '{file}' failed: ", failure.Message, StringComparison.Ordinal);
        Assert.StartsWith("The store failed: ", failure.Reason.Public, StringComparison.Ordinal);
        Assert.DoesNotContain("no-such-folder", failure.Reason.Public, StringComparison.Ordinal);
        Assert.DoesNotContain(file, SqliteErrors.Remedy(SQLITE_CORRUPT, file).Public, StringComparison.Ordinal);
    }

    private static CommitResult Judge(int code) => SqliteErrors.ToCommitResult(new SqliteStoreException(code, "words"));
}
