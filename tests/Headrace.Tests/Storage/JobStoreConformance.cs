using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// The contract that every job store must satisfy for opening, loading, writing and retaining rows. Each implementation
/// adds one sealed class.
/// </summary>
public abstract class JobStoreConformance : JobStoreSuite
{
    // Open and epoch

    [Fact]
    public async Task A_new_store_has_an_identity_and_no_rows()
    {
        Assert.Matches("^[0-9a-f]{32}$", JobStore.Store.Id.Text);
        Assert.Equal(Schema.Current, JobStore.Store.Schema);

        var row = Assert.Single(await LoadAsync());
        Assert.Equal(new ShardRow(0, 1, 1, default), row);
    }

    [Fact]
    public async Task Each_open_increases_the_epoch_and_keeps_the_identity_R9()
    {
        var identity = JobStore.Store.Id;

        JobStore = await ReopenAsync(JobStore);
        var next = await JobStore.OpenAsync(Owner, Stop);

        Assert.Equal(Epoch.Value + 1, next.Value);
        Assert.Equal(identity, JobStore.Store.Id);
    }

    [Fact]
    public async Task Feeds_load_with_their_ranges_before_the_jobs_and_ranges_are_added_and_removed_R16()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(2)),
            new RowChange.FeedPut(SampleRows.Feed("b")),
            new RowChange.FeedPut(SampleRows.Feed("a")),
            new RowChange.FeedRangePut(SampleRows.FeedRange("a", 8, 9)),
            new RowChange.FeedRangePut(SampleRows.FeedRange("a", 90, 90)),
            new RowChange.FeedRangePut(SampleRows.FeedRange("b", 90, 91))
        );

        await DurableAsync(
            new RowChange.FeedRangeRemoved(new FeedName("a"), 90),
            new RowChange.FeedRangePut(SampleRows.FeedRange("a", 8, 95))
        );

        AssertEqual(
            [
                new ShardRow(2, 1002, 102, new Instant(2)) { NextRegistryVersion = 202, NextDeliveryEpoch = 302 },
                SampleRows.Feed("a"),
                SampleRows.Feed("b"),
                SampleRows.FeedRange("a", 8, 95),
                SampleRows.FeedRange("b", 90, 91),
                SampleRows.Waiting(2),
            ],
            await LoadAsync()
        );
        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(
                Batches.Freeze(3, new RowChange.FeedRangeRemoved(new FeedName("a"), 90)),
                Epoch,
                Stop
            )
        );
    }

    [Fact]
    public async Task A_feed_changes_and_is_removed_with_its_ranges_R16()
    {
        await DurableAsync(
            new RowChange.FeedPut(SampleRows.Feed("a")),
            new RowChange.FeedPut(SampleRows.Feed("b")),
            new RowChange.FeedRangePut(SampleRows.FeedRange("a", 8, 9)),
            new RowChange.FeedRangePut(SampleRows.FeedRange("b", 8, 9)),
            new RowChange.FeedRangePut(SampleRows.FeedRange("b", 90, 91))
        );

        await DurableAsync(
            new RowChange.FeedPut(SampleRows.Feed("a") with { States = FeedStates.Failed, Expired = 4 }),
            new RowChange.FeedRangesRemoved(new FeedName("b")),
            new RowChange.FeedRemoved(new FeedName("b"))
        );

        AssertEqual(
            [SampleRows.Feed("a") with { States = FeedStates.Failed, Expired = 4 }, SampleRows.FeedRange("a", 8, 9)],
            (await LoadAsync()).Where(row => row is FeedRow or FeedRangeRow)
        );
        Assert.IsType<CommitResult.Refused>(
            await JobStore.CommitAsync(Batches.Freeze(3, new RowChange.FeedRemoved(new FeedName("b"))), Epoch, Stop)
        );
    }

    // Load

    [Fact]
    public async Task Unfinished_jobs_load_in_one_pass_after_the_rows_they_refer_to()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(9)),
            new RowChange.JobAdded(SampleRows.Waiting(2)),
            new RowChange.WorkerPut(SampleRows.Worker("w")),
            new RowChange.JobAdded(SampleRows.Job(5)),
            new RowChange.MethodPut(SampleRows.Method("noop", 1)),
            new RowChange.JobEnded(SampleRows.Done(7, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(5, PayloadKind.Input, "body")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3))
        );

        AssertEqual(
            [
                new ShardRow(1, 1001, 101, new Instant(1)) { NextRegistryVersion = 201, NextDeliveryEpoch = 301 },
                SampleRows.Counter("eu", JobState.Ready, 3),
                SampleRows.Method("noop", 1),
                SampleRows.Worker("w"),
                SampleRows.Waiting(2),
                SampleRows.Job(5),
                SampleRows.Waiting(9),
            ],
            await LoadAsync()
        );
    }

    [Fact]
    public async Task An_abandoned_load_leaves_the_store_usable()
    {
        await DurableAsync([.. Enumerable.Range(1, 3000).Select(id => new RowChange.JobAdded(SampleRows.Waiting(id)))]);

        await foreach (var row in JobStore.LoadAsync(Stop))
            if (row is JobRow { Id.Value: 1500 })
                break;

        await DurableAsync(new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1), 1), WasStored: true));
        Assert.Equal(1 + 2999, (await LoadAsync()).Count);
    }

    // Commit

    [Fact]
    public async Task A_job_has_the_values_of_its_last_change()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Waiting(5)));
        var changed = SampleRows.Waiting(5) with { Status = SampleRows.Progress };

        await DurableAsync(new RowChange.JobChanged(changed));

        AssertEqual([changed], await ReadAsync(new RowKey.Live(new JobId(5))));
    }

    [Fact]
    public async Task Progress_is_kept_by_the_broker_and_not_stored()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(5) with { Progress = new Progress(0.5, "half") }));

        AssertEqual([SampleRows.Job(5)], await ReadAsync(new RowKey.Live(new JobId(5))));
    }

    [Fact]
    public async Task An_ended_job_is_no_longer_live_whether_it_was_stored_before_or_not()
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(5)));

        await DurableAsync(
            new RowChange.JobEnded(SampleRows.Done(5, 1), WasStored: true),
            new RowChange.JobEnded(SampleRows.Done(6, 2), WasStored: false)
        );

        AssertEqual([SampleRows.Done(5, 1), SampleRows.Done(6, 2)], await ReadAsync(AllKeys(5, 6)));
    }

    [Fact]
    public async Task Jobs_that_end_with_only_their_state_changed_keep_their_other_columns_and_their_bodies()
    {
        await DurableAsync([
            .. Enumerable.Range(1, 7).Select(id => new RowChange.JobAdded(Childless(id))),
            new RowChange.PayloadAdded(
                new PayloadRow(new JobId(6), PayloadKind.Input, SampleRows.Spec.ContentType, "in the row"u8.ToArray())
            ),
            new RowChange.PayloadAdded(SampleRows.Payload(2, PayloadKind.Input, "beside the row")),
        ]);
        var bodies = await ReadAsync([.. Bodies(2, 6)]);
        // The third change differs from those before it in its time, the fifth in its state and reason. Before the last
        // one, a completion number is missing.
        RowChange.JobEnded[] ended =
        [
            OnlyState(7, 1),
            OnlyState(6, 2),
            OnlyState(3, 3, at: 31),
            OnlyState(5, 4, at: 31),
            OnlyState(1, 5, at: 31, JobState.Failed, FailReason.Deadline),
            OnlyState(2, 7, at: 31, JobState.Failed, FailReason.Deadline),
        ];

        await DurableAsync([.. ended, new RowChange.LogPut(SampleRows.Log(2, 1, "after"))]);

        AssertEqual(
            ended.Select(change => change.Row).OrderBy(row => row.Job.Id),
            await ReadAsync([.. ended.Select(change => new RowKey.Ended(change.Row.Job.Id)).OrderBy(key => key.Job)])
        );
        AssertEqual([Childless(4)], (await LoadAsync()).OfType<JobRow>());
        AssertEqual(bodies, await ReadAsync([.. Bodies(2, 6)]));

        static IEnumerable<RowKey> Bodies(params long[] jobs) =>
            jobs.Select(id => new RowKey.Payload(new JobId(id), PayloadKind.Input));
    }

    [Fact]
    public async Task A_batch_is_rejected_if_one_of_several_jobs_that_end_together_does_not_exist_R5()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.JobAdded(SampleRows.Job(3)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false)
        );

        foreach (var absent in (long[])[2, 4])
            Assert.IsType<CommitResult.Refused>(
                await JobStore.CommitAsync(
                    Batches.Freeze(LastBatch + 1, OnlyState(3, 2), OnlyState(absent, 3), OnlyState(1, 4)),
                    Epoch,
                    Stop
                )
            );

        AssertEqual([SampleRows.Job(1), SampleRows.Job(3)], (await LoadAsync()).OfType<JobRow>());
    }

    /// <summary>A job that has submitted no children, as every job that ends with only its state changed.</summary>
    private static JobRow Childless(long id) => SampleRows.Job(id) with { LatestSubmission = null };

    private static RowChange.JobEnded OnlyState(
        long id,
        long number,
        long at = 30,
        JobState state = JobState.Cancelled,
        FailReason reason = FailReason.None
    )
    {
        var status = SampleRows.Progress with { State = state };
        return new RowChange.JobEnded(
            new DoneRow(Childless(id) with { Status = status }, number, new Instant(at), reason),
            WasStored: true
        )
        {
            OnlyStateChanged = true,
        };
    }

    public static TheoryData<string> Wrongs => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_batch_with_one_invalid_row_is_rejected_and_leaves_nothing(string wrong)
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "body")),
            new RowChange.JobAdded(SampleRows.Waiting(3)),
            new RowChange.PayloadAdded(
                new PayloadRow(
                    new JobId(3),
                    PayloadKind.Input,
                    SampleRows.Waiting(3).Spec.ContentType,
                    "beside its job"u8.ToArray()
                )
            ),
            new RowChange.LogPut(SampleRows.Log(1, 1, "before")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3)),
            new RowChange.AttemptAdded(SampleRows.Attempt(1, 1))
        );
        var before = await ReadContentAsync(1, 2, 10);
        var batch = Batches.Freeze(
            LastBatch + 1,
            new RowChange.JobAdded(SampleRows.Waiting(10)),
            new RowChange.JobEnded(SampleRows.Succeeded(SampleRows.Waiting(1), 2), WasStored: true),
            new RowChange.LogPut(SampleRows.Log(1, 1, "after")),
            new RowChange.WorkerPut(SampleRows.Worker("w")),
            new RowChange.WorkerRemoved(new WorkerName("w")),
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 4)),
            Wrong[wrong]
        );

        var refused = Assert.IsType<CommitResult.Refused>(await JobStore.CommitAsync(batch, Epoch, Stop));

        Assert.Contains(Wrong[wrong].GetType().Name, refused.Why.Detail, StringComparison.Ordinal);
        Assert.Equal(before, await ReadContentAsync(1, 2, 10));
        await DurableAsync(new RowChange.JobAdded(SampleRows.Waiting(10)));
    }

    [Fact]
    public async Task A_previous_owner_is_fenced_and_writes_nothing()
    {
        var former = Epoch;
        JobStore = await ReopenAsync(JobStore);
        Epoch = await JobStore.OpenAsync(Owner, Stop);

        var result = await JobStore.CommitAsync(
            Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1))),
            former,
            Stop
        );

        Assert.IsType<CommitResult.Fenced>(result);
        Assert.Single(await LoadAsync());
    }

    [Fact]
    public async Task Committing_the_same_batch_again_succeeds_and_changes_nothing_R5()
    {
        var batch = Batches.Freeze(1, new RowChange.JobAdded(SampleRows.Job(1)));
        Assert.IsType<CommitResult.Durable>(await JobStore.CommitAsync(batch, Epoch, Stop));
        var before = await ReadContentAsync(1);

        Assert.IsType<CommitResult.Durable>(await JobStore.CommitAsync(batch, Epoch, Stop));

        Assert.Equal(before, await ReadContentAsync(1));
    }

    [Fact]
    public async Task A_lost_attempt_that_was_resumed_can_end_again_R11()
    {
        await DurableAsync(
            new RowChange.AttemptAdded(SampleRows.Attempt(1, 1) with { Kind = OutcomeKind.Lost, Error = null })
        );

        await DurableAsync(new RowChange.AttemptAdded(SampleRows.Attempt(1, 1)));

        AssertEqual([SampleRows.Attempt(1, 1)], await ReadAsync(new RowKey.Attempts(new JobId(1))));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public async Task A_batch_out_of_order_shows_a_broken_store_R5(long number)
    {
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(1)));

        var result = await JobStore.CommitAsync(
            Batches.Freeze(number, new RowChange.JobAdded(SampleRows.Job(2))),
            Epoch,
            Stop
        );

        Assert.Contains(
            "does not follow batch 1",
            Assert.IsType<CommitResult.Broken>(result).Why.Detail,
            StringComparison.Ordinal
        );
        Assert.Empty(await ReadAsync(AllKeys(2)));
    }

    // Counters, workers, methods

    [Fact]
    public async Task The_last_value_of_a_counter_a_worker_and_a_method_is_kept_R18()
    {
        await DurableAsync(
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 3)),
            new RowChange.WorkerPut(SampleRows.Worker("a")),
            new RowChange.WorkerPut(SampleRows.Worker("b"))
        );

        var successor = SampleRows.Worker("b") with { Incarnation = new Incarnation(1) };
        await DurableAsync(
            new RowChange.CounterPut(SampleRows.Counter("eu", JobState.Ready, 0)),
            new RowChange.WorkerRemoved(new WorkerName("a")),
            new RowChange.WorkerRemoved(new WorkerName("never-was")),
            new RowChange.WorkerRemoved(new WorkerName("b")),
            new RowChange.WorkerPut(successor),
            new RowChange.MethodPut(SampleRows.Method("noop", 1)),
            new RowChange.MethodPut(SampleRows.Method("noop", 2))
        );

        AssertEqual(
            [
                SampleRows.Counter("eu", JobState.Ready, 0),
                SampleRows.Method("noop", 1),
                SampleRows.Method("noop", 2),
                successor,
            ],
            (await LoadAsync()).Skip(1)
        );
    }

    // Reopen

    [Fact]
    public async Task Durable_rows_are_available_to_the_next_owner()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Job(1)),
            new RowChange.JobEnded(SampleRows.Done(2, 1), WasStored: false),
            new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "body")),
            new RowChange.AttemptAdded(SampleRows.Attempt(2, 1)),
            new RowChange.LogPut(SampleRows.Log(2, 1, "line"))
        );
        var before = await ReadContentAsync(1, 2);

        JobStore = await ReopenAsync(JobStore);
        Epoch = await JobStore.OpenAsync(Owner, Stop);

        Assert.Equal(before, await ReadContentAsync(1, 2));
        await DurableAsync(new RowChange.JobAdded(SampleRows.Job(3)));
    }

    private static Dictionary<string, RowChange> Wrong { get; } =
        new()
        {
            ["a second row of a live job"] = new RowChange.JobAdded(SampleRows.Waiting(10)),
            ["a change of a job that is not there"] = new RowChange.JobChanged(SampleRows.Waiting(77)),
            ["the end of a job that is not there"] = new RowChange.JobEnded(SampleRows.Done(77, 9), WasStored: true),
            ["a second end of a job"] = new RowChange.JobEnded(SampleRows.Done(2, 9), WasStored: false),
            ["a second end under one number"] = new RowChange.JobEnded(SampleRows.Done(78, 1), WasStored: false),
            ["a second body of a job that was written with its first"] = new RowChange.PayloadAdded(
                SampleRows.Payload(3, PayloadKind.Input, "other")
            ),
            ["a second body"] = new RowChange.PayloadAdded(SampleRows.Payload(1, PayloadKind.Input, "other")),
        };
}
