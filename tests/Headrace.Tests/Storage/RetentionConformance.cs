using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// The contract that every job store must satisfy for deleting ended jobs. Each implementation adds one sealed class.
/// </summary>
public abstract class RetentionConformance : JobStoreSuite
{
    private static readonly QueueName Eu = new("eu");

    [Fact]
    public async Task The_oldest_jobs_of_a_class_are_read_with_their_keys_and_sizes()
    {
        await DurableAsync(
            Ended(3, 10, JobState.Succeeded),
            Ended(4, 11, JobState.Failed),
            Ended(5, 12, JobState.Succeeded),
            Ended(6, 13, JobState.Cancelled),
            Ended(7, 14, JobState.Succeeded, "us"),
            new RowChange.KeyAdded(SampleRows.Key("order-7", 42, 3))
        );

        var succeeded = await HistoryAsync(HistoryClass.Succeeded, after: 0, max: 5);
        Assert.Equal([10, 12], succeeded.Jobs.Select(job => job.CompletionNumber));
        Assert.True(succeeded.IsLast);
        AssertEqual(
            [
                new EndedJob(new JobId(3), 10, Eu, new MethodName("sha512"), JobState.Succeeded)
                {
                    Owner = "owner 9",
                    Ended = new Instant(30),
                    InputBytes = 11 + 3 + 17,
                    ResultBytes = 31,
                    Tags = SampleRows.Spec.Tags,
                    Keys = [SampleRows.Key("order-7", 42, 3).Name],
                },
            ],
            succeeded.Jobs.Take(1)
        );
        Assert.Empty(succeeded.Jobs[1].Keys);

        var others = await HistoryAsync(HistoryClass.Unsuccessful, after: 0, max: 5);
        Assert.Equal(
            [(11, JobState.Failed), (13, JobState.Cancelled)],
            others.Jobs.Select(job => (job.CompletionNumber, job.State))
        );
    }

    [Fact]
    public async Task A_page_of_the_history_ends_after_the_requested_number_and_continues_after_a_completion_number()
    {
        await DurableAsync([.. Enumerable.Range(1, 5).Select(n => Ended(n, 10 + n, JobState.Failed))]);

        var first = await HistoryAsync(HistoryClass.Unsuccessful, after: 11, max: 2);
        Assert.Equal([12, 13], first.Jobs.Select(job => job.CompletionNumber));
        Assert.Equal((13, false), (first.ScannedTo, first.IsLast));

        var rest = await HistoryAsync(HistoryClass.Unsuccessful, first.ScannedTo, max: 2);
        Assert.Equal([14, 15], rest.Jobs.Select(job => job.CompletionNumber));
        Assert.True(rest.IsLast);
    }

    [Fact]
    public async Task A_deleted_job_leaves_nothing_behind_and_its_key_can_be_added_again()
    {
        var key = SampleRows.Key("order-7", 42, 2);
        await DurableAsync(
            new RowChange.JobEnded(SampleRows.Done(2, 10), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(2, PayloadKind.Input, "body")),
            new RowChange.PayloadAdded(new PayloadRow(new JobId(2), PayloadKind.Result, "text/x-32", new byte[5_000])),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 1)),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 2)),
            new RowChange.LogPut(SampleRows.Log(2, 1, "line")),
            new RowChange.KeyAdded(key),
            new RowChange.JobEnded(SampleRows.Done(3, 11), WasStored: false),
            new RowChange.AttemptAdded(SampleRows.Attempt(3, 1))
        );
        var other = await ReadContentAsync(3);
        var before = await ExaminedOfTagAsync();
        var job = Assert.IsType<EndedJob>(Assert.Single(await ReadAsync(new RowKey.EndedJob(new JobId(2)))));

        await DurableAsync(new RowChange.JobDeleted(job));

        Assert.Empty(await ReadAsync([.. AllKeys(2), new RowKey.EndedJob(new JobId(2)), new RowKey.Key(key.Name)]));
        Assert.Equal([3L], (await ReadAsync(AllKeys(2, 3))).OfType<DoneRow>().Select(done => done.Job.Id.Value));
        Assert.Equal(11, Assert.Single((await HistoryAsync(HistoryClass.Unsuccessful, 0, 5)).Jobs).CompletionNumber);
        await DurableAsync(new RowChange.KeyAdded(key with { Job = new JobId(9) }));
        Assert.NotEmpty(other);
        Assert.Equal(before, 2 * await ExaminedOfTagAsync());
    }

    [Fact]
    public async Task A_batch_that_deletes_a_job_that_does_not_exist_is_rejected_and_leaves_nothing()
    {
        await DurableAsync(Ended(2, 10, JobState.Failed), Ended(3, 11, JobState.Failed));
        var page = await HistoryAsync(HistoryClass.Unsuccessful, 0, 5);
        await DurableAsync(new RowChange.JobDeleted(page.Jobs[0]));
        var before = await ReadContentAsync(2, 3);

        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(
                Batches.Freeze(
                    LastBatch + 1,
                    new RowChange.JobDeleted(page.Jobs[1]),
                    new RowChange.JobDeleted(page.Jobs[0])
                ),
                Epoch,
                Stop
            )
        );

        Assert.Equal(before, await ReadContentAsync(2, 3));
    }

    [Fact]
    public async Task A_deletion_that_is_committed_again_is_durable_and_deletes_nothing_else_R5()
    {
        await DurableAsync(Ended(2, 10, JobState.Failed), Ended(3, 11, JobState.Failed));
        var page = await HistoryAsync(HistoryClass.Unsuccessful, 0, 5);
        await DurableAsync(new RowChange.JobDeleted(page.Jobs[0]));

        Assert.IsType<CommitResult.Durable>(
            await JobStore.CommitAsync(Batches.Freeze(LastBatch, new RowChange.JobDeleted(page.Jobs[0])), Epoch, Stop)
        );
        Assert.Single((await HistoryAsync(HistoryClass.Unsuccessful, 0, 5)).Jobs);
    }

    /// <summary>Returns the number of rows that are examined in a search by one of the sample jobs' tags.</summary>
    private async Task<int> ExaminedOfTagAsync()
    {
        var page = await JobStore.QueryAsync(
            new JobFilter { Tags = JobTags.Of([SampleRows.Spec.Tags.Values[0]]) },
            JobOrder.Newest,
            Cursor.Start,
            10,
            TimeSpan.MaxValue,
            Stop
        );
        return page.Examined;
    }

    private async Task<HistoryPage> HistoryAsync(HistoryClass historyClass, long after, int max) =>
        Assert.IsType<HistoryPage>(Assert.Single(await ReadAsync(new RowKey.History(Eu, historyClass, after, max))));

    private static RowChange.JobEnded Ended(long id, long number, JobState state, string queue = "eu")
    {
        var done = SampleRows.Done(id, number);
        var status = done.Job.Status;
        status.State = state;
        return new RowChange.JobEnded(
            done with
            {
                Job = done.Job with { Status = status, Spec = done.Job.Spec with { Queue = new QueueName(queue) } },
            },
            WasStored: false
        );
    }
}
