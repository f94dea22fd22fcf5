using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests retries of ended jobs.</summary>
public sealed class RetryTests
{
    private readonly ShardScene _scene = new();

    /// <summary>The worker's only slot is occupied, so that a retried job stays ready.</summary>
    public RetryTests() => _scene.StartWithRunningJob();

    private BrokerState State => _scene.Shard.Broker.State;

    [Fact]
    public void The_row_of_an_ended_job_is_read_before_the_job_is_ready_again_R2()
    {
        var ended = CancelledJob();

        var requestId = _scene.Do(new Command.Retry(ended.Job.Id, null));

        Assert.Equal([new RowKey.Ended(ended.Job.Id)], _scene.Reads.Single().Keys);
        Assert.Null(_scene.Committing);
        _scene.Read(ended);
        Assert.Contains(new RowChange.JobReadmitted(ended.Job.Id, 1), _scene.Committing!.Changes);
        _scene.Commit();
        Assert.Equal(JobState.Ready, ((Response.Retried)_scene.Answers[requestId]).Job.Status.State);
    }

    [Fact]
    public void A_retried_job_keeps_the_number_of_its_attempts_and_starts_its_other_counters_again_R4()
    {
        var ended = CancelledJob();
        var status = ended.Job.Status;
        (status.Attempt, status.Failures, status.WorkerCrashes, status.LostLeases) = (7, 3, 1, 2);
        status.Isolated = true;
        ended = ended with { Job = ended.Job with { Status = status } };

        Retry(ended);

        Assert.True(State.Jobs.TryGet(ended.Job.Id, out var job));
        Assert.Equal(
            (7, 0, 0, 0, false),
            (
                job.Status.Attempt,
                job.Status.Failures,
                job.Status.WorkerCrashes,
                job.Status.LostLeases,
                job.Status.Isolated
            )
        );
    }

    [Fact]
    public void A_retried_job_takes_a_place_in_its_queue_and_in_the_counters_R13_R18()
    {
        var ended = CancelledJob();
        var before = State.Queues.GetOrAdd(QueueName.Default).Jobs;

        Retry(ended);

        Assert.Equal(before + 1, State.Queues.GetOrAdd(QueueName.Default).Jobs);
        Assert.Equal((1, 0), (CountOf(JobState.Ready), CountOf(JobState.Cancelled)));
    }

    [Fact]
    public void A_retried_job_ends_again_with_a_new_completion_number_R16()
    {
        var ended = CancelledJob();
        Retry(ended);

        _scene.Do(new Command.Cancel(ended.Job.Id));

        var again = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single();
        Assert.Equal((2L, true), (again.Row.CompletionNumber, again.WasStored));
    }

    [Fact]
    public void A_job_that_has_not_ended_cannot_be_retried_and_the_message_names_its_state()
    {
        var id = State.Jobs.All.Single().Id;

        var rejection = RejectionOf(_scene.Do(new Command.Retry(id, null)));

        Assert.Equal(RejectionKind.NotRetryable, rejection.Kind);
        Assert.StartsWith($"Job {id} is running", rejection.Detail, StringComparison.Ordinal);
        Assert.Empty(_scene.Reads);
    }

    [Fact]
    public void A_job_that_succeeded_cannot_be_retried()
    {
        var ended = CancelledJob();
        var status = ended.Job.Status;
        status.State = JobState.Succeeded;
        var requestId = _scene.Do(new Command.Retry(ended.Job.Id, null));

        _scene.Read(ended with { Job = ended.Job with { Status = status } });

        Assert.Equal(RejectionKind.NotRetryable, RejectionOf(requestId).Kind);
        Assert.Equal(0, State.PendingReads.Count);
    }

    [Fact]
    public void A_job_whose_deadline_has_passed_cannot_be_retried()
    {
        var ended = CancelledJob();
        var requestId = _scene.Do(new Command.Retry(ended.Job.Id, null));

        _scene.Read(
            ended with
            {
                Job = ended.Job with { Spec = ended.Job.Spec with { Deadline = new Instant(1_700_000_000_000_000) } },
            }
        );

        Assert.Contains("deadline", RejectionOf(requestId).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_does_not_exist_is_not_found()
    {
        var requestId = _scene.Do(new Command.Retry(JobId.Of(0, 999), null));

        _scene.Read();

        Assert.IsType<Response.NotLive>(_scene.Answers[requestId]);
        Assert.Equal(0, State.PendingReads.Count);
    }

    [Fact]
    public void A_retry_within_a_used_up_quota_is_rejected_R13()
    {
        var ended = CancelledJob();
        var requestId = _scene.Do(new Command.Retry(ended.Job.Id, new OwnerQuota(0, null)));

        _scene.Read(ended);

        Assert.Equal(RejectionKind.QuotaExceeded, RejectionOf(requestId).Kind);
        Assert.False(State.Jobs.TryGet(ended.Job.Id, out _));
    }

    [Fact]
    public void A_retry_into_a_full_queue_is_rejected_like_a_submission_R13()
    {
        var scene = new ShardScene(new BrokerOptions { MaxQueueJobs = 1 });
        scene.Start();
        var ended = CancelledJob(scene);
        scene.Do(ShardScene.Submit());
        scene.Commit();
        var requestId = scene.Do(new Command.Retry(ended.Job.Id, null));

        scene.Read(ended);

        Assert.Equal(
            RejectionKind.QueueFull,
            Assert.IsType<Response.Rejected>(scene.Answers[requestId]).Rejection.Kind
        );
    }

    [Fact]
    public void A_retry_into_a_draining_queue_is_rejected_like_a_submission()
    {
        var ended = CancelledJob();
        var settings = new QueueSettings { Draining = true }.ToJson();
        var queue = ended.Job.Spec.Queue.Text;
        _scene.Do(
            new Command.WriteRegistry([
                new RegistryWrite.Put(QueueSettings.Kind, queue, settings, RegistryWrite.AnyVersion),
            ])
        );
        _scene.Commit();
        var requestId = _scene.Do(new Command.Retry(ended.Job.Id, null));

        _scene.Read(ended);

        Assert.Equal(RejectionKind.QueueDraining, RejectionOf(requestId).Kind);
    }

    [Fact]
    public void The_place_of_a_retried_job_among_the_ended_jobs_is_free_R14()
    {
        var ended = CancelledJob();
        Assert.Equal(1, Kept());

        Retry(ended);

        Assert.Equal(0, Kept());
        long Kept() => State.Histories.GetOrAdd(ended.Job.Spec.Queue)[HistoryClass.Unsuccessful].Jobs;
    }

    [Fact]
    public void A_retry_that_names_the_end_is_answered_again_after_a_lost_reply()
    {
        var ended = CancelledJob();
        var retry = new Command.Retry(ended.Job.Id, null) { KnownEnd = ended.Ended };
        var first = _scene.Do(retry);
        _scene.Read(ended);
        _scene.Commit();
        Assert.IsType<Response.Retried>(_scene.Answers[first]);

        var second = _scene.Do(retry);

        var live = Assert.IsType<Response.Live>(_scene.Answers[second]);
        Assert.Equal((ended.Job.Id, JobState.Ready), (live.Job.Id, live.Job.Status.State));
        Assert.Null(_scene.Committing);
    }

    [Fact]
    public void A_retry_that_names_an_earlier_end_does_not_retry_the_job_after_it_has_ended_again()
    {
        var ended = CancelledJob();
        var endedAgain = ended with { CompletionNumber = 2, Ended = ended.Ended + TimeSpan.FromSeconds(1) };
        var again = _scene.Do(new Command.Retry(ended.Job.Id, null) { KnownEnd = ended.Ended });

        _scene.Read(endedAgain);

        Assert.Equal(endedAgain, Assert.IsType<Response.Ended>(_scene.Answers[again]).Job);
        Assert.Null(_scene.Committing);
    }

    [Fact]
    public void A_retry_that_names_a_later_end_than_that_of_the_job_is_rejected_with_the_true_one()
    {
        var ended = CancelledJob();
        var requestId = _scene.Do(
            new Command.Retry(ended.Job.Id, null) { KnownEnd = ended.Ended + TimeSpan.FromSeconds(1) }
        );

        _scene.Read(ended);

        Assert.Equal(RejectionKind.NotRetryable, RejectionOf(requestId).Kind);
        Assert.StartsWith($"Job {ended.Job.Id} ended at ", RejectionOf(requestId).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_retries_of_one_job_make_it_ready_once_R2()
    {
        var ended = CancelledJob();
        var first = _scene.Do(new Command.Retry(ended.Job.Id, null));
        var second = _scene.Do(new Command.Retry(ended.Job.Id, null));

        _scene.Read(ended);
        _scene.Commit();
        _scene.Read(ended);

        Assert.IsType<Response.Retried>(_scene.Answers[first]);
        Assert.Equal(RejectionKind.NotRetryable, RejectionOf(second).Kind);
        Assert.Equal(0, State.PendingReads.Count);
    }

    [Fact]
    public void A_job_that_was_retried_and_ended_again_during_a_read_is_read_again_R2()
    {
        var ended = CancelledJob();
        _scene.Do(new Command.Retry(ended.Job.Id, null));
        var second = _scene.Do(new Command.Retry(ended.Job.Id, null));
        _scene.Read(ended);
        _scene.Commit();
        _scene.Do(new Command.Cancel(ended.Job.Id));
        var again = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        _scene.Commit();

        // The second retry reads the first version of the row, which is outdated.
        _scene.Read(ended);

        Assert.Single(_scene.Reads);
        _scene.Read(again);
        _scene.Commit();
        Assert.IsType<Response.Retried>(_scene.Answers[second]);
    }

    [Fact]
    public void A_late_outcome_of_the_attempt_before_a_retry_is_dropped_R6()
    {
        var lease = State.Jobs.All.Single().Lease;
        var failed = new Outcome(lease, OutcomeKind.Failed) { Error = new JobError("E", "no", Retryable: false) };
        _scene.Do(ShardScene.Report(failed));
        var ended = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        _scene.Commit();
        Retry(ended);

        var repeated = _scene.Do(ShardScene.Report(failed));

        Assert.Equal([(lease, AckStatus.Dropped)], ((Response.Exchanged)_scene.Answers[repeated]).Acks);
    }

    private void Retry(DoneRow ended)
    {
        _scene.Do(new Command.Retry(ended.Job.Id, null));
        _scene.Read(ended);
        _scene.Commit();
    }

    private DoneRow CancelledJob() => CancelledJob(_scene);

    /// <summary>Submits a scheduled job, which no worker claims, and cancels it.</summary>
    private static DoneRow CancelledJob(ShardScene scene)
    {
        var submit = ShardScene.Submit();
        var later = submit.Jobs[0].Spec with { ScheduledAt = scene.Wall + TimeSpan.FromSeconds(1) };
        scene.Do(new Command.Submit([new NewJob(later, default)]));
        var id = scene.Committing!.Changes.OfType<RowChange.JobAdded>().Single().Row.Id;
        scene.Commit();
        scene.Do(new Command.Cancel(id));
        var ended = scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        scene.Commit();
        return ended with { Job = ended.Job with { Spec = ended.Job.Spec with { ScheduledAt = scene.Wall } } };
    }

    private long CountOf(JobState state) =>
        State.Counters.All().Where(counter => counter.State == state).Sum(counter => counter.Jobs);

    private Rejection RejectionOf(RequestId requestId) =>
        Assert.IsType<Response.Rejected>(_scene.Answers[requestId]).Rejection;
}
