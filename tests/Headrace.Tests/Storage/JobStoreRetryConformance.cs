using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// The contract that every job store must satisfy for retrying ended jobs, for sweeps, and for searching by tag, key,
/// time and error. Each implementation adds one sealed class.
/// </summary>
public abstract class JobStoreRetryConformance : JobStoreSuite
{
    [Fact]
    public async Task An_ended_job_that_is_retried_is_an_unfinished_job_with_its_body_and_attempts_again()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "body"))
        );
        await DurableAsync(
            new RowChange.AttemptAdded(SampleRows.Attempt(1, 20)),
            new RowChange.JobEnded(SampleRows.Done(1, 5), WasStored: true)
        );
        var status = SampleRows.Progress;
        status.State = JobState.Ready;
        var again = SampleRows.Job(1) with { Status = status };

        await DurableAsync(new RowChange.JobReadmitted(new JobId(1), 5), new RowChange.JobChanged(again));

        AssertEqual([again], (await LoadAsync()).OfType<JobRow>());
        AssertEqual(
            [SampleRows.Payload(1, PayloadKind.Input, "body"), SampleRows.Attempt(1, 20)],
            await ReadAsync(
                new RowKey.Ended(new JobId(1)),
                new RowKey.Payload(new JobId(1), PayloadKind.Input),
                new RowKey.Attempts(new JobId(1))
            )
        );
        Assert.Empty(await FindAsync(JobFilter.Everything, JobOrder.LatestEnded));
    }

    [Fact]
    public async Task A_retried_job_ends_again_under_its_new_completion_number_R16()
    {
        await DurableAsync(new RowChange.JobEnded(SampleRows.Done(1, 5), WasStored: false));
        await DurableAsync(new RowChange.JobReadmitted(new JobId(1), 5));

        var result = SampleRows.Payload(1, PayloadKind.Result, "result");
        await DurableAsync(
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Job(1), 6), WasStored: true),
            new RowChange.PayloadAdded(result)
        );

        AssertEqual([result], await ReadAsync(new RowKey.Payload(new JobId(1), PayloadKind.Result)));
        Assert.Equal([1L], await FindAsync(JobFilter.Everything, JobOrder.LatestEnded));
        Assert.Equal([1L], await FindAsync(JobFilter.Everything));
    }

    [Fact]
    public async Task A_retry_of_a_job_that_has_not_ended_under_that_number_is_refused_R5()
    {
        await DurableAsync(new RowChange.JobEnded(SampleRows.Done(1, 5), WasStored: false));

        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(Batches.Freeze(2, new RowChange.JobReadmitted(new JobId(1), 4)), Epoch, Stop)
        );
        AssertEqual([SampleRows.Done(1, 5)], await ReadAsync(new RowKey.Ended(new JobId(1))));
    }

    [Fact]
    public async Task The_queue_and_the_priority_of_an_unfinished_job_change()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Waiting(1, "a")));

        await DurableAsync(new RowChange.JobRequeued(new JobId(1), new QueueName("b"), 7));

        var spec = (await LoadAsync()).OfType<JobRow>().Single().Spec;
        Assert.Equal(("b", 7), (spec.Queue.Text, spec.Priority));
        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(
                Batches.Freeze(3, new RowChange.JobRequeued(new JobId(2), new QueueName("b"), 7)),
                Epoch,
                Stop
            )
        );
    }

    [Fact]
    public async Task Sweeps_load_as_they_were_written_and_are_replaced_and_removed()
    {
        await DurableAsync(new RowChange.SweepPut(SampleRows.Sweep(2)), new RowChange.SweepPut(SampleRows.Sweep(1)));
        await DurableAsync(
            new RowChange.SweepPut(SampleRows.Sweep(1) with { Cursor = 99 }),
            new RowChange.SweepRemoved(2)
        );

        AssertEqual([SampleRows.Sweep(1) with { Cursor = 99 }], (await LoadAsync()).OfType<SweepRow>());
        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(Batches.Freeze(3, new RowChange.SweepRemoved(2)), Epoch, Stop)
        );
    }

    [Fact]
    public async Task A_page_of_a_sweep_contains_the_jobs_below_its_cursor_to_which_its_action_can_apply_R3()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(3), 2), WasStored: false),
            new RowChange.JobAdded(SampleRows.Waiting(4)),
            new RowChange.JobAdded(SampleRows.Waiting(5))
        );

        var cancel = await PageAsync(SweepAction.Cancel, cursor: 5);
        var retry = await PageAsync(SweepAction.Retry, cursor: 5);

        Assert.Equal([4L, 1L], cancel.Rows.Select(Id));
        Assert.Equal([2L], retry.Rows.Select(Id));
        Assert.Equal((5L, null), (cancel.From, cancel.Next));
    }

    [Fact]
    public async Task A_page_of_a_sweep_holds_a_thousand_jobs_and_the_next_one_continues_below_R3()
    {
        await DurableAsync([
            .. Enumerable.Range(1, 1_500).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id))),
        ]);

        var first = await PageAsync(SweepAction.Cancel, cursor: long.MaxValue);
        var second = await PageAsync(SweepAction.Cancel, first.Next!.Value);

        Assert.Equal((1_000, 501L), (first.Rows.Count, first.Next));
        Assert.Equal((500, null), (second.Rows.Count, second.Next));
    }

    [Fact]
    public async Task A_page_of_a_sweep_that_deletes_contains_ended_jobs_with_their_keys_a_hundred_at_most_R3()
    {
        await DurableAsync([
            new RowChange.JobAdded(SampleRows.Waiting(200)),
            new RowChange.JobEnded(SampleRows.Done(150, 1), WasStored: false),
            new RowChange.KeyAdded(SampleRows.Key("order", 1, 150)),
            .. Enumerable
                .Range(1, 100)
                .Select(id => new RowChange.JobEnded(
                    SampleRows.Succeeded(SampleRows.Waiting(id), id + 1),
                    WasStored: false
                )),
        ]);

        var first = await PageAsync(SweepAction.Delete, cursor: long.MaxValue);
        var second = await PageAsync(SweepAction.Delete, first.Next!.Value);

        var newest = Assert.IsType<EndedJob>(first.Rows[0]);
        Assert.Equal((150L, 1L, "order"), (newest.Id.Value, newest.CompletionNumber, newest.Keys.Single().Text));
        Assert.Equal((100, 2L), (first.Rows.Count, first.Next));
        Assert.Equal((1L, null), (Assert.IsType<EndedJob>(Assert.Single(second.Rows)).Id.Value, second.Next));
    }

    [Fact]
    public async Task A_deleted_job_is_not_found_by_its_tags_nor_by_a_sweep_R14()
    {
        var ended = SampleRows.Succeeded(Tagged(2, submitted: 20, "run=7", "x"), 1);
        await DurableAsync(
            new RowChange.JobAdded(Tagged(1, submitted: 10, "run=7")),
            new RowChange.JobEnded(ended, WasStored: false)
        );

        await DurableAsync(
            new RowChange.JobDeleted(
                new EndedJob(new JobId(2), 1, ended.Job.Spec.Queue, ended.Job.Spec.Method, JobState.Succeeded)
                {
                    Owner = ended.Job.Spec.Owner,
                    Tags = ended.Job.Spec.Tags,
                }
            )
        );

        Assert.Equal([1L], await FindAsync(new JobFilter { Tags = JobTags.Of(["run=7"]) }));
        Assert.Empty((await PageAsync(SweepAction.Delete, cursor: long.MaxValue)).Rows);
        // The search does not examine any tag entry of the deleted job.
        var tagged = new JobFilter { Tags = JobTags.Of(["x"]) };
        var found = await JobStore.QueryAsync(tagged, JobOrder.Newest, Cursor.Start, 10, TimeSpan.MaxValue, Stop);
        Assert.Equal((0, 0), (found.Rows.Count, found.Examined));
    }

    [Fact]
    public async Task Jobs_are_found_by_tag_key_time_and_error()
    {
        await DurableAsync(
            new RowChange.JobAdded(Tagged(1, submitted: 10, "run=7", "x")),
            new RowChange.JobEnded(SampleRows.Succeeded(Tagged(2, submitted: 20, "run=7"), 1), WasStored: false),
            new RowChange.JobEnded(
                SampleRows.Done(3, 2) with
                {
                    Job = Failed(Tagged(3, submitted: 30)),
                    Error = new JobError("IOException", "No such FILE: a.txt", "at Open()"),
                },
                WasStored: false
            ),
            new RowChange.JobAdded(Tagged(4, submitted: 40)),
            new RowChange.KeyAdded(SampleRows.Key("order", 1, 4)),
            new RowChange.KeyAdded(
                SampleRows.Key("order", 1, 2) with
                {
                    Name = new KeyName("somebody", new QueueName("us"), "order"),
                }
            ),
            new RowChange.KeyAdded(SampleRows.Key("other", 1, 3))
        );

        Assert.Equal([2L, 1L], await FindAsync(new JobFilter { Tags = JobTags.Of(["run=7"]) }));
        Assert.Equal([1L], await FindAsync(new JobFilter { Tags = JobTags.Of(["run=7", "x"]) }));
        Assert.Empty(await FindAsync(new JobFilter { Tags = JobTags.Of(["run"]) }));
        Assert.Equal([4L, 2L], await FindAsync(new JobFilter { Key = "order" }));
        Assert.Equal([4L], await FindAsync(new JobFilter { Key = "order", State = JobState.Ready }));
        Assert.Empty(await FindAsync(new JobFilter { Key = "orde" }));
        Assert.Equal([4L, 3L, 2L], await FindAsync(new JobFilter { From = new Instant(20) }));
        Assert.Equal([2L, 1L], await FindAsync(new JobFilter { To = new Instant(30) }));
        Assert.Equal([3L], await FindAsync(new JobFilter { From = new Instant(21), To = new Instant(40) }));
        Assert.Empty(await FindAsync(new JobFilter { From = new Instant(41) }));
        Assert.Equal([3L], await FindAsync(new JobFilter { Text = "such file" }));
        Assert.Equal([3L], await FindAsync(new JobFilter { Text = "ioexception" }));
        Assert.Equal([3L], await FindAsync(new JobFilter { Text = "open()" }));
        Assert.Empty(await FindAsync(new JobFilter { Text = "such-file" }));
    }

    [Fact]
    public async Task A_search_by_an_indexed_part_examines_only_jobs_that_have_it()
    {
        await DurableAsync([
            .. Enumerable
                .Range(1, 300)
                .Select(id => new RowChange.JobEnded(
                    id % 100 == 0
                        ? SampleRows.Done(id, id) with
                        {
                            Job = Failed(Tagged(id, id, "rare")),
                        }
                        : SampleRows.Succeeded(Tagged(id, id), id),
                    WasStored: false
                )),
        ]);

        foreach (
            var filter in (JobFilter[])
                [
                    new() { State = JobState.Failed },
                    new() { Reason = FailReason.Lost },
                    new() { Text = "message" },
                    new() { From = new Instant(298) },
                    new() { To = new Instant(4) },
                ]
        )
        {
            var page = await JobStore.QueryAsync(filter, JobOrder.Newest, Cursor.Start, 10, TimeSpan.MaxValue, Stop);
            Assert.Equal((3, true, null), (page.Examined, page.Complete, page.Next));
        }
        var tagged = new JobFilter { Tags = JobTags.Of(["rare"]) };
        var found = await JobStore.QueryAsync(tagged, JobOrder.Newest, Cursor.Start, 10, TimeSpan.MaxValue, Stop);
        Assert.Equal(3, found.Rows.Count);
        Assert.InRange(found.Examined, 3, 6);
    }

    [Fact]
    public async Task A_child_that_is_removed_leaves_nothing_behind_R13()
    {
        var tags = JobTags.Of(["run=7"]);
        await DurableAsync(
            new RowChange.JobAdded(Child(2, parent: 1, "run=7")),
            new RowChange.PayloadAdded(SampleRows.Payload(2, PayloadKind.Input, "body")),
            new RowChange.JobAdded(Child(3, parent: 1, "run=7")),
            new RowChange.PayloadAdded(SampleRows.Payload(3, PayloadKind.Input, new string('x', 1_000)))
        );

        await DurableAsync(
            new RowChange.JobRemoved(new JobId(2), tags),
            new RowChange.JobRemoved(new JobId(3), tags)
        );

        Assert.Empty((await LoadAsync()).OfType<JobRow>());
        Assert.Empty(await ReadAsync(AllKeys(2, 3)));
        var found = await JobStore.QueryAsync(
            new JobFilter { Tags = tags },
            JobOrder.Newest,
            Cursor.Start,
            10,
            TimeSpan.MaxValue,
            Stop
        );
        Assert.Equal((0, 0), (found.Rows.Count, found.Examined));
        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(Batches.Freeze(3, new RowChange.JobRemoved(new JobId(2), tags)), Epoch, Stop)
        );
    }

    [Fact]
    public async Task The_children_of_a_job_are_found_without_examining_others_R13()
    {
        await DurableAsync([
            new RowChange.JobAdded(Child(401, parent: 1)),
            new RowChange.JobEnded(SampleRows.Succeeded(Child(402, parent: 1), 500), WasStored: false),
            new RowChange.JobAdded(Child(403, parent: 2)),
            .. Enumerable.Range(1, 300).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id))),
        ]);

        var filter = new JobFilter { Parent = new JobId(1) };
        var page = await JobStore.QueryAsync(filter, JobOrder.Newest, Cursor.Start, 10, TimeSpan.MaxValue, Stop);

        Assert.Equal([402L, 401L], page.Rows.Select(Id));
        Assert.Equal((2, true), (page.Examined, page.Complete));
        Assert.Equal([401L], await FindAsync(filter with { State = JobState.Blocked }));
    }

    private static JobRow Child(long id, long parent, params string[] tags)
    {
        var row = SampleRows.Waiting(id, state: JobState.Blocked);
        return row with
        {
            Spec = row.Spec with
            {
                Parent = new ParentAttempt(new LeaseToken(new JobId(parent), 3)),
                Tags = JobTags.Of(tags),
                ContentType = "text/plain",
            },
        };
    }

    private static JobRow Tagged(long id, long submitted, params string[] tags)
    {
        var row = SampleRows.Waiting(id);
        return row with { Spec = row.Spec with { Submitted = new Instant(submitted), Tags = JobTags.Of(tags) } };
    }

    private static JobRow Failed(JobRow row)
    {
        var status = row.Status;
        status.State = JobState.Failed;
        return row with { Status = status };
    }

    private async Task<SweepPageRow> PageAsync(SweepAction action, long cursor)
    {
        var sweep = new SweepRow(1, action, JobFilter.Everything, "admin", default)
        {
            JobBound = long.MaxValue,
            CompletionBound = long.MaxValue,
            Cursor = cursor,
        };
        return (SweepPageRow)(await ReadAsync(new RowKey.SweepPage(sweep))).Single();
    }

    private async Task<IEnumerable<long>> FindAsync(JobFilter filter, JobOrder order = JobOrder.Newest)
    {
        var found = new List<long>();
        for (Cursor? at = Cursor.Start; at is { } next;)
        {
            var page = await JobStore.QueryAsync(filter, order, next, 2, TimeSpan.MaxValue, Stop);
            found.AddRange(page.Rows.Select(Id));
            at = page.Next;
        }
        return found;
    }
}
