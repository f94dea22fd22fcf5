using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;
using Xunit;

namespace Headrace.Tests.Core.Sweeps;

public sealed class SweepTests
{
    private static readonly QueueName Other = new("other");

    private readonly ShardScene _scene = new(new BrokerOptions { MaxQueueJobs = 6 });

    public SweepTests() => _scene.Start();

    private BrokerState State => _scene.Shard.Broker.State;

    [Fact]
    public void A_step_changes_the_jobs_of_a_page_and_moves_the_cursor_in_one_commit_R3()
    {
        Submit(3);
        var sweep = Start(SweepAction.Cancel);

        Step(sweep.Id, Page(sweep, from: 4, count: 2, next: 3));

        var changes = _scene.Committing!.Changes;
        Assert.Equal(2, changes.OfType<RowChange.JobEnded>().Count());
        var row = changes.OfType<RowChange.SweepPut>().Single().Row;
        Assert.Equal((3L, 2L, SweepState.Running), (row.Cursor, row.Changed, row.State));
    }

    [Fact]
    public void A_sweep_is_done_after_the_last_page_R3()
    {
        Submit(1);
        var sweep = Start(SweepAction.Cancel);

        Step(sweep.Id, Page(sweep, from: 2, count: 1, next: null));
        _scene.Commit();

        Assert.Equal((SweepState.Done, 1L), (Read(sweep.Id).State, Read(sweep.Id).Changed));
    }

    [Fact]
    public void A_sweep_does_not_touch_jobs_that_were_submitted_after_its_start_R3()
    {
        Submit(1);
        var sweep = Start(SweepAction.Cancel);
        Submit(1);

        Step(sweep.Id, Page(sweep, from: 3, count: 2, next: null));
        _scene.Commit();

        Assert.Equal((1L, 1L), (Read(sweep.Id).Changed, Read(sweep.Id).Skipped));
        Assert.True(State.Jobs.TryGet(JobId.Of(0, 3), out _));
    }

    [Fact]
    public void A_stopped_sweep_changes_nothing_more_even_if_its_page_was_being_read_R3()
    {
        Submit(1);
        var sweep = Start(SweepAction.Cancel);
        _scene.Do(new Command.StepSweep(sweep.Id));
        _scene.Do(new Command.StopSweep(sweep.Id));
        _scene.Commit();

        _scene.Read(Page(sweep, from: 2, count: 1, next: null));

        Assert.Null(_scene.Committing);
        Assert.Equal((SweepState.Stopped, 0L), (Read(sweep.Id).State, Read(sweep.Id).Changed));
        Assert.True(State.Jobs.TryGet(JobId.Of(0, 2), out _));
    }

    [Fact]
    public void A_page_that_was_requested_twice_is_applied_once_R3()
    {
        Submit(2);
        var sweep = Start(SweepAction.Prioritize, priority: 9);
        _scene.Do(new Command.StepSweep(sweep.Id));
        _scene.Do(new Command.StepSweep(sweep.Id));
        var page = Page(sweep, from: 3, count: 1, next: 3);
        _scene.Read(page);
        _scene.Commit();

        _scene.Read(page);

        Assert.Null(_scene.Committing);
        Assert.Equal((1L, 3L), (Read(sweep.Id).Changed, Read(sweep.Id).Cursor));
    }

    [Fact]
    public void A_job_that_was_retried_while_its_page_was_read_is_skipped_R2()
    {
        var ended = Cancelled();
        var sweep = Start(SweepAction.Retry);
        _scene.Do(new Command.StepSweep(sweep.Id));
        _scene.Do(new Command.Retry(ended.Job.Id, null));
        _scene.Reads.Reverse();
        _scene.Read(ended);
        _scene.Commit();

        _scene.Read(new SweepPageRow([ended], sweep.Cursor, null, 1));
        _scene.Commit();

        Assert.Equal((0L, 1L), (Read(sweep.Id).Changed, Read(sweep.Id).Skipped));
    }

    [Fact]
    public void A_job_that_ended_after_the_start_of_a_sweep_is_not_retried_R3()
    {
        Submit(1);
        var sweep = Start(SweepAction.Retry);
        _scene.Do(new Command.Cancel(JobId.Of(0, 2)));
        var ended = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        _scene.Commit();

        Step(sweep.Id, new SweepPageRow([ended], sweep.Cursor, null, 1));
        _scene.Commit();

        Assert.False(State.Jobs.TryGet(ended.Job.Id, out _));
    }

    [Fact]
    public void A_step_with_a_page_changes_its_jobs_without_a_read_and_ignores_a_page_for_another_cursor_R3()
    {
        Submit(3);
        var sweep = Start(SweepAction.Cancel);
        var first = Page(sweep, from: 4, count: 2, next: 3);

        _scene.Do(new Command.StepSweep(sweep.Id).WithRows([first]));
        _scene.Commit();
        _scene.Do(new Command.StepSweep(sweep.Id).WithRows([first]));

        Assert.Empty(_scene.Reads);
        Assert.Null(_scene.Committing);
        Assert.Equal((2L, 3L), (Read(sweep.Id).Changed, Read(sweep.Id).Cursor));
    }

    [Fact]
    public void Ended_jobs_are_deleted_by_a_sweep_with_their_counts_and_keys_R14()
    {
        var ended = ForDeletion(Cancelled());
        var sweep = Start(SweepAction.Delete);
        var submit = _scene.Do(ShardScene.Submit("k"));
        _scene.Do(new Command.StepSweep(sweep.Id));
        _scene.Reads.Reverse();

        _scene.Read(new SweepPageRow([ended], sweep.Cursor, null, 1));
        Assert.Equal(ended, _scene.Committing!.Changes.OfType<RowChange.JobDeleted>().Single().Job);
        _scene.Commit();

        Assert.Equal((1L, SweepState.Done), (Read(sweep.Id).Changed, Read(sweep.Id).State));
        Assert.Equal(0, State.Histories.GetOrAdd(QueueName.Default)[HistoryClass.Unsuccessful].Jobs);
        // The submission read the key before the key's job was deleted, so it has to read the key again.
        _scene.Read(new KeyRow(ended.Keys[0], 0, ended.Id));
        Assert.False(_scene.Answers.ContainsKey(submit));
    }

    [Fact]
    public void A_job_that_was_retried_while_its_page_was_read_is_not_deleted_R2()
    {
        var ended = Cancelled();
        var sweep = Start(SweepAction.Delete);
        _scene.Do(new Command.StepSweep(sweep.Id));
        _scene.Do(new Command.Retry(ended.Job.Id, null));
        _scene.Reads.Reverse();
        _scene.Read(ended);
        _scene.Commit();

        _scene.Read(new SweepPageRow([ForDeletion(ended)], sweep.Cursor, null, 1));
        _scene.Commit();

        Assert.Equal((0L, 1L), (Read(sweep.Id).Changed, Read(sweep.Id).Skipped));
        Assert.True(State.Jobs.TryGet(ended.Job.Id, out _));
    }

    [Fact]
    public void A_job_that_ended_after_the_start_of_a_sweep_is_not_deleted_R3()
    {
        Submit(1);
        var sweep = Start(SweepAction.Delete);
        _scene.Do(new Command.Cancel(JobId.Of(0, 2)));
        var ended = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        _scene.Commit();

        Step(sweep.Id, new SweepPageRow([ForDeletion(ended)], sweep.Cursor, null, 1));

        Assert.Empty(_scene.Committing!.Changes.OfType<RowChange.JobDeleted>());
        _scene.Commit();
        Assert.Equal((0L, 1L), (Read(sweep.Id).Changed, Read(sweep.Id).Skipped));
    }

    [Fact]
    public void A_sweep_waits_for_a_place_and_continues_with_the_same_job_R13()
    {
        var ended = Cancelled();
        Submit(5);
        var sweep = Start(SweepAction.Retry);

        Step(sweep.Id, new SweepPageRow([ended], sweep.Cursor, null, 1));
        _scene.Commit();

        var waiting = Read(sweep.Id);
        Assert.Equal((SweepState.Running, ended.Job.Id.Value + 1), (waiting.State, waiting.Cursor));
        Assert.Contains("is full", waiting.Waiting, StringComparison.Ordinal);
        _scene.Do(new Command.Cancel(JobId.Of(0, 3)));
        _scene.Commit();
        Step(sweep.Id, new SweepPageRow([ended], waiting.Cursor, null, 1));
        _scene.Commit();
        Assert.Equal((SweepState.Done, 1L), (Read(sweep.Id).State, Read(sweep.Id).Changed));
        Assert.Null(Read(sweep.Id).Waiting);
    }

    [Fact]
    public void A_moved_job_is_in_the_lanes_limits_and_counters_of_its_new_queue_R18()
    {
        Submit(1);
        var sweep = Start(SweepAction.Move, queue: Other);

        Step(sweep.Id, Page(sweep, from: 2, count: 1, next: null));
        Assert.Contains(new RowChange.JobRequeued(JobId.Of(0, 2), Other, 0), _scene.Committing!.Changes);
        _scene.Commit();

        Assert.Equal(1, State.Queues.GetOrAdd(Other).Jobs);
        Assert.Equal(1, State.Counters.Of(Other).Single(counter => counter.State == JobState.Ready).Jobs);
    }

    [Fact]
    public void A_running_job_keeps_its_queue_and_is_asked_to_stop_by_a_cancel()
    {
        Submit(0);
        var move = Start(SweepAction.Move, queue: Other);
        Step(move.Id, Page(move, from: 1, count: 1, next: null));
        _scene.Commit();
        var cancel = Start(SweepAction.Cancel);
        Step(cancel.Id, Page(cancel, from: 1, count: 1, next: null));
        _scene.Commit();

        Assert.True(State.Jobs.TryGet(JobId.Of(0, 1), out var job));
        Assert.Equal((QueueName.Default, StopReason.Cancel), (job.Spec.Queue, job.Status.StopRequest));
        Assert.Equal((0L, 1L), (Read(move.Id).Changed, Read(cancel.Id).Changed));
    }

    [Fact]
    public void A_job_that_no_longer_matches_when_its_page_arrives_is_left_alone()
    {
        Submit(1);
        var sweep = Start(SweepAction.Cancel, new JobFilter { State = JobState.Scheduled });

        Step(sweep.Id, Page(sweep, from: 2, count: 1, next: null));
        _scene.Commit();

        Assert.True(State.Jobs.TryGet(JobId.Of(0, 2), out _));
    }

    [Fact]
    public void More_than_sixteen_running_sweeps_are_rejected()
    {
        for (var i = 0; i < SweepTable.MaxRunning; i++)
            Start(SweepAction.Cancel);

        var rejected = _scene.Do(new Command.StartSweep(SweepAction.Cancel, JobFilter.Everything, "admin"));

        Assert.Equal(
            RejectionKind.TooManySweeps,
            Assert.IsType<Response.Rejected>(_scene.Answers[rejected]).Rejection.Kind
        );
    }

    [Fact]
    public void A_page_that_does_not_begin_at_the_cursor_is_ignored_R3()
    {
        Submit(3);
        var sweep = Start(SweepAction.Cancel);

        _scene.Do(
            new Command.StepSweep(sweep.Id).WithRows([Page(sweep with { Cursor = 3 }, from: 2, count: 1, next: null)])
        );

        Assert.Null(_scene.Committing);
        Assert.True(State.Jobs.TryGet(JobId.Of(0, 2), out _));
        Assert.Equal((sweep.Cursor, SweepState.Running), (Read(sweep.Id).Cursor, Read(sweep.Id).State));
    }

    [Fact]
    public void A_command_with_the_key_of_a_sweep_returns_it_even_at_the_limit_and_after_its_end_R17()
    {
        var first = Answer(Keyed("k", hash: 1));
        for (var i = 1; i < SweepTable.MaxRunning; i++)
            Start(SweepAction.Cancel);

        var running = Answer(Keyed("k", hash: 1));
        _scene.Do(new Command.StopSweep(first.Items[0].Id));
        _scene.Commit();
        var stopped = Answer(Keyed("k", hash: 1));

        Assert.Equal((false, true, true), (first.Repeated, running.Repeated, stopped.Repeated));
        Assert.Equal([first.Items[0].Id, first.Items[0].Id], [running.Items[0].Id, stopped.Items[0].Id]);
        Assert.Equal(SweepState.Stopped, stopped.Items[0].State);
        Assert.Equal(SweepTable.MaxRunning, State.Sweeps.All.Count);
    }

    [Fact]
    public void A_key_belongs_to_one_owner_and_one_content_R17()
    {
        var first = Answer(Keyed("k", hash: 1));
        var other = Answer(Keyed("k", hash: 2) with { Owner = "jan" });

        var rejected = _scene.Do(Keyed("k", hash: 2));

        Assert.NotEqual(first.Items[0].Id, other.Items[0].Id);
        Assert.Equal(
            RejectionKind.KeyReused,
            Assert.IsType<Response.Rejected>(_scene.Answers[rejected]).Rejection.Kind
        );
    }

    [Fact]
    public void A_sweep_and_its_audit_entry_are_one_commit_also_while_disk_space_is_low_R27()
    {
        _scene.Do(new Command.DiskSpaceChanged(true, "12 MB are free, 64 MB are needed"));

        _scene.Do(Audited("k", hash: 1));

        var changes = _scene.Committing!.Changes;
        Assert.Equal(1, changes.OfType<RowChange.SweepPut>().Single().Row.Id);
        Assert.Equal(("audit", 1), (EntryOf(changes).Kind, EntryOf(changes).Version));
        _scene.Commit();
    }

    [Fact]
    public void A_repeated_or_rejected_sweep_has_no_audit_entry_R27()
    {
        Answer(Audited("k", hash: 1));

        Assert.True(Answer(Audited("k", hash: 1)).Repeated);
        Assert.Equal(2, State.Registry.NextVersion);
        _scene.Do(Audited("k", hash: 2));
        for (var i = 1; i < SweepTable.MaxRunning; i++)
            Start(SweepAction.Cancel);
        _scene.Do(Audited("too many", hash: 1));

        Assert.Null(_scene.Committing);
        Assert.Equal(2, State.Registry.NextVersion);
    }

    [Fact]
    public void The_earliest_ended_sweep_makes_room_for_a_new_one()
    {
        for (var i = 0; i < 100; i++)
        {
            var sweep = Start(SweepAction.Cancel);
            _scene.Do(new Command.StopSweep(sweep.Id));
            _scene.Commit();
        }

        Start(SweepAction.Cancel);

        Assert.Equal(
            (100, 2L, 101L),
            (State.Sweeps.All.Count, State.Sweeps.All.First().Id, State.Sweeps.All.Last().Id)
        );
    }

    private static Command.StartSweep Keyed(string key, int hash) =>
        new(SweepAction.Cancel, JobFilter.Everything, "admin") { Key = new IdempotencyKey(key, (UInt128)hash) };

    private static Command.StartSweep Audited(string key, int hash) =>
        Keyed(key, hash) with
        {
            AuditEntry = new RegistryWrite.AppendRecord("audit", "{}"u8.ToArray()),
        };

    private static RegistryRecord EntryOf(IReadOnlyList<RowChange> changes) =>
        changes.OfType<RowChange.RecordPut>().Single().Row;

    private Response.Sweeps Answer(Command.StartSweep command)
    {
        var request = _scene.Do(command);
        // A repeated command changes nothing, so there is nothing to commit.
        if (_scene.Committing is not null)
            _scene.Commit();
        return Assert.IsType<Response.Sweeps>(_scene.Answers[request]);
    }

    /// <summary>Submits ready jobs. The worker's only slot is occupied by job 1.</summary>
    private void Submit(int jobs)
    {
        if (State.NextJob == 1)
        {
            _scene.Do(ShardScene.Submit());
            _scene.Commit();
        }
        if (jobs == 0)
            return;
        _scene.Do(ShardScene.Submit(jobs: jobs));
        _scene.Commit();
    }

    /// <summary>Returns the row of job 2, which was cancelled while it was ready.</summary>
    private DoneRow Cancelled()
    {
        Submit(1);
        _scene.Do(new Command.Cancel(JobId.Of(0, 2)));
        var ended = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        _scene.Commit();
        return ended;
    }

    private static EndedJob ForDeletion(DoneRow row) =>
        new(row.Job.Id, row.CompletionNumber, row.Job.Spec.Queue, row.Job.Spec.Method, row.Job.Status.State)
        {
            Owner = row.Job.Spec.Owner,
            Ended = row.Ended,
            InputBytes = row.Job.Spec.InputBytes,
            Keys = [new KeyName("admin", QueueName.Default, "k")],
        };

    private SweepRow Start(SweepAction action, JobFilter? filter = null, int priority = 0, QueueName? queue = null)
    {
        var request = _scene.Do(
            new Command.StartSweep(action, filter ?? JobFilter.Everything, "admin")
            {
                Priority = priority,
                Queue = queue,
            }
        );
        _scene.Commit();
        return Assert.IsType<Response.Sweeps>(_scene.Answers[request]).Items.Single();
    }

    private void Step(long sweep, SweepPageRow page)
    {
        _scene.Do(new Command.StepSweep(sweep));
        _scene.Read(page);
    }

    /// <summary>
    /// Returns a page with the given number of jobs, starting with this job and continuing with lower ids.
    /// </summary>
    private SweepPageRow Page(SweepRow sweep, long from, int count, long? next) =>
        new(
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => State.Jobs.TryGet(JobId.Of(0, from - i), out var job) ? job.ToRow() : null)
                    .OfType<StoredRow>(),
            ],
            sweep.Cursor,
            next,
            count
        );

    private SweepRow Read(long sweep)
    {
        Assert.True(State.Sweeps.TryGet(sweep, out var row));
        return row;
    }
}
