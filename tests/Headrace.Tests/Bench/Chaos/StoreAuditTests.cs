using System.Text;
using Headrace.Bench.Chaos;
using Headrace.Core;
using Headrace.Storage.Sqlite;
using Headrace.Tests.Storage;
using Xunit;

namespace Headrace.Tests.Bench.Chaos;

public sealed class StoreAuditTests : IDisposable
{
    private const string Small = "a digest";
    private static readonly string Large = new('x', JobWriter.MaxInlineBytes + 1);

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Results_are_read_from_the_rows_of_their_jobs_and_from_the_payloads()
    {
        var audit = await WriteAsync(Ended(1), Result(1, Small), Ended(2), Result(2, Large));

        Assert.Equal("ok", audit.Check);
        Assert.Equal([Hex(Small)], audit.Results[1]);
        Assert.Equal([Hex(Large)], audit.Results[2]);
    }

    [Theory]
    [InlineData(Small, 0)]
    [InlineData("another digest", 1)]
    [InlineData(null, 1)]
    public async Task A_wrong_or_missing_result_of_a_succeeded_job_is_counted(string? result, int wrong)
    {
        RowChange[] changes = result is null ? [Ended(1)] : [Ended(1), Result(1, result)];
        var audit = await WriteAsync(changes);

        Assert.Equal(wrong, audit.CountWrongResults([new Acknowledgement(1, 0, 1, Repeated: false, Hex(Small))]));
    }

    private async Task<StoreAudit> WriteAsync(params RowChange[] changes)
    {
        var stop = TestContext.Current.CancellationToken;
        await using (var store = SqliteJobStore.Create(_folder.File, Durability.Os, TimeProvider.System))
        {
            var epoch = await store.OpenAsync(new StoreOwner("here", 42), stop);
            Assert.IsType<CommitResult.Durable>(await store.CommitAsync(Batches.Freeze(1, changes), epoch, stop));
        }
        return StoreAudit.Read(_folder.File);
    }

    private static RowChange.JobEnded Ended(long job) =>
        new(SampleRows.Succeeded(SampleRows.Job(job), job) with { ResultType = "text/plain" }, WasStored: false);

    private static RowChange.PayloadAdded Result(long job, string text) =>
        new(SampleRows.Payload(job, PayloadKind.Result, text));

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
