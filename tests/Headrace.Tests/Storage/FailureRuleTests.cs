using Headrace.Core;
using Headrace.Storage.Sqlite;
using Xunit;
using static SQLitePCL.raw;

namespace Headrace.Tests.Storage;

public sealed class FailureRuleTests
{
    [Theory]
    [InlineData(SQLITE_BUSY)]
    [InlineData(SQLITE_LOCKED)]
    [InlineData(SQLITE_FULL)]
    public void What_may_pass_is_tried_again_R5(int code)
    {
        Assert.Equal("words", Assert.IsType<CommitResult.Later>(Judge(code)).Why);
        Assert.True(new SqliteFailure(code, "words").IsTransient);
    }

    [Theory]
    [InlineData(SQLITE_IOERR)]
    [InlineData(SQLITE_CORRUPT)]
    [InlineData(SQLITE_NOTADB)]
    [InlineData(SQLITE_CANTOPEN)]
    [InlineData(SQLITE_READONLY)]
    [InlineData(SQLITE_NOMEM)]
    public void A_broken_store_or_machine_ends_the_owner_R5(int code) => Assert.Equal("words", Assert.IsType<CommitResult.Broken>(Judge(code)).Why);

    [Theory]
    [InlineData(SQLITE_CONSTRAINT)]
    [InlineData(SQLITE_TOOBIG)]
    [InlineData(SQLITE_MISMATCH)]
    public void What_the_rows_cause_themselves_is_a_refusal_R5(int code) => Assert.Equal("words", Assert.IsType<CommitResult.Refused>(Judge(code)).Why);

    private static CommitResult Judge(int code) => FailureRule.Judge(new SqliteFailure(code, "words"));
}
