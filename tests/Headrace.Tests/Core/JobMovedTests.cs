using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests that each change of a job's state is reported once, with the complete row.</summary>
public sealed class JobMovedTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_job_is_reported_when_it_is_submitted_claimed_and_ended()
    {
        var worker = _scene.Join("w1");
        _scene.Submit();
        var id = _scene.Submit();
        _scene.Advance(TimeSpan.FromSeconds(1));
        worker.Succeed(Claimed(worker));
        worker.Exchange();
        var lease = Claimed(worker);
        _scene.Advance(TimeSpan.FromSeconds(1));
        worker.Succeed(lease);

        Assert.Equal(
            [
                (JobState.None, JobState.Ready),
                (JobState.Ready, JobState.Running),
                (JobState.Running, JobState.Succeeded),
            ],
            MovesOf(id)
        );
        var moves = Effects(id);
        Assert.Equal(worker.Self, moves[1].Job.Status.Holder);
        Assert.Equal((1, moves[1].At), (moves[1].Job.Status.Attempt, moves[1].Job.Status.Claimed));
        Assert.Equal(_scene.Done(id), moves[2].Ended);
        Assert.Equal(_scene.Now, moves[2].At);
    }

    [Fact]
    public void A_failed_attempt_is_reported_with_the_time_of_the_retry_and_the_last_one_with_its_reason()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit(with: spec => spec with { Retries = 1 });
        worker.Report(Failure(Claimed(worker)));
        var retry = Effects(id)[^1];
        Assert.Equal((JobState.Running, JobState.Scheduled), (retry.From, retry.Job.Status.State));
        Assert.True(retry.Job.Status.ScheduledAt > _scene.Now);
        Assert.Null(retry.Ended);

        _scene.AdvanceAndTick(TimeSpan.FromMinutes(1));
        worker.Exchange();
        worker.Report(Failure(Claimed(worker)));

        Assert.Equal(
            [
                (JobState.None, JobState.Running),
                (JobState.Running, JobState.Scheduled),
                (JobState.Scheduled, JobState.Ready),
                (JobState.Ready, JobState.Running),
                (JobState.Running, JobState.Failed),
            ],
            MovesOf(id)
        );
        Assert.Equal(FailReason.Exhausted, Effects(id)[^1].Ended!.Reason);
    }

    [Fact]
    public void A_job_whose_lease_expires_is_reported_as_ready_and_as_running_when_its_worker_returns()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var lease = Claimed(worker);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(31));
        Assert.Equal((JobState.Running, JobState.Ready), MovesOf(id)[^1]);

        worker.Exchange(SceneWorker.Holding(lease));

        Assert.Equal((JobState.Ready, JobState.Running), MovesOf(id)[^1]);
        Assert.Equal(1, Effects(id)[^1].Job.Status.Attempt);
    }

    [Fact]
    public void A_job_that_is_claimed_in_the_batch_of_its_submission_is_reported_once_as_running()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();

        Assert.Equal([(JobState.None, JobState.Running)], MovesOf(id));
        Assert.Equal((worker.Self, 1), (Effects(id)[0].Job.Status.Holder, Effects(id)[0].Job.Status.Attempt));
    }

    [Fact]
    public void A_released_attempt_and_the_next_one_are_both_reported_although_they_share_a_batch()
    {
        var first = _scene.Join("w1");
        var id = _scene.Submit();
        var second = _scene.Join("w2");
        var before = MovesOf(id).Count;

        first.Report(new Outcome(first.Lease, OutcomeKind.Released));

        Assert.Equal(
            [(JobState.Running, JobState.Ready), (JobState.Ready, JobState.Running)],
            MovesOf(id).Skip(before)
        );
        Assert.Equal(second.Self, Effects(id)[^1].Job.Status.Holder);
    }

    [Fact]
    public void Progress_of_an_attempt_is_no_change_of_the_state()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var before = MovesOf(id).Count;

        worker.ReportStarted(worker.Lease);
        _scene.Do(new Command.Cancel(id));

        Assert.Equal(before, MovesOf(id).Count);
    }

    /// <summary>Returns the lease in the reply to the last exchange.</summary>
    private static LeaseToken Claimed(SceneWorker worker) =>
        worker.Answered.Leases.Single() is var job ? new LeaseToken(job.Id, job.Status.Attempt) : default;

    private static Outcome Failure(LeaseToken lease) =>
        new(lease, OutcomeKind.Failed) { Error = new JobError("Oops", "no") };

    private List<Effect.JobMoved> Effects(JobId id) =>
        [.. _scene.Effects.OfType<Effect.JobMoved>().Where(moved => moved.Job.Id == id)];

    private List<(JobState From, JobState To)> MovesOf(JobId id) =>
        [.. Effects(id).Select(moved => (moved.From, moved.Job.Status.State))];
}
