using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class OutcomeTests
{
    private readonly BrokerScene _scene = new();
    private readonly SceneWorker _worker;

    public OutcomeTests() => _worker = _scene.Join("w1");

    [Fact]
    public void A_success_is_recorded_with_its_result_and_the_job_leaves_memory()
    {
        var lease = Run();

        var reply = _worker.Succeed(lease, "42");

        Assert.Equal(AckStatus.Recorded, reply.Acks.Single().Verdict);
        Assert.False(_scene.IsLive(lease.Job));
        Assert.Equal(
            (JobState.Succeeded, 2L, "text/plain"),
            (
                _scene.Done(lease.Job).Job.Status.State,
                _scene.Done(lease.Job).ResultBytes,
                _scene.Done(lease.Job).ResultType
            )
        );
        Assert.Single(_scene.Changes.OfType<RowChange.PayloadAdded>(), p => p.Row.Kind == PayloadKind.Result);
    }

    [Fact]
    public void A_second_report_of_the_same_attempt_records_nothing_R6()
    {
        var lease = Run();
        _worker.Succeed(lease);

        var ackStatus = _worker.Succeed(lease).Acks.Single().Verdict;

        Assert.Equal(AckStatus.Dropped, ackStatus);
        Assert.Empty(_scene.Changes);
    }

    [Fact]
    public void A_repeated_failure_counts_once_R6()
    {
        var lease = Run();
        var outcome = new Outcome(lease, OutcomeKind.Failed) { Error = new JobError("E", "no") };
        _worker.Report(outcome);

        Assert.Equal(AckStatus.Repeated, _worker.Report(outcome).Acks.Single().Verdict);
        Assert.Equal(1, _scene.Job(lease.Job).Status.Failures);
    }

    [Fact]
    public void An_outcome_of_an_older_attempt_is_dropped_R4()
    {
        var old = Run();
        _worker.Exchange();
        var lease = _worker.Lease;
        Assert.Equal(new LeaseToken(old.Job, 2), lease);

        Assert.Equal(AckStatus.Dropped, _worker.Succeed(old).Acks.Single().Verdict);
        Assert.Equal(JobState.Running, _scene.Job(old.Job).Status.State);
    }

    [Fact]
    public void An_outcome_from_a_worker_that_does_not_hold_the_lease_is_dropped_R6()
    {
        var lease = Run();
        var other = _scene.Join("w2");

        Assert.Equal(AckStatus.Dropped, other.Succeed(lease).Acks.Single().Verdict);
    }

    [Fact]
    public void A_failed_job_is_retried_after_its_delay_until_no_retries_are_left_R21()
    {
        var id = _scene.Submit(with: s => s with { Retries = 1 });
        Fail();
        Assert.Equal(JobState.Scheduled, _scene.Job(id).Status.State);
        _scene.AdvanceAndTick(RetryPolicy.Default.DelayAfter(1, new LeaseToken(id, 1)));
        _worker.Exchange();

        Fail();

        Assert.Equal(
            (JobState.Failed, FailReason.Exhausted),
            (_scene.Done(id).Job.Status.State, _scene.Done(id).Reason)
        );
        Assert.Equal("no", _scene.Done(id).Error!.Message);
    }

    [Theory]
    [InlineData(OutcomeKind.Rejected, true, FailReason.Rejected)]
    [InlineData(OutcomeKind.Failed, false, FailReason.Error)]
    internal void A_failure_that_is_not_retryable_fails_the_job_immediately(
        OutcomeKind kind,
        bool retryable,
        FailReason reason
    )
    {
        var lease = Run();

        _worker.Report(new Outcome(lease, kind) { Error = new JobError("E", "no", Retryable: retryable) });

        Assert.Equal(reason, _scene.Done(lease.Job).Reason);
    }

    [Fact]
    public void A_timeout_uses_the_retries_and_then_fails_as_timed_out()
    {
        var id = _scene.Submit(with: s => s with { Retries = 0 });

        _worker.Report(new Outcome(_worker.Lease, OutcomeKind.TimedOut));

        Assert.Equal(FailReason.Timeout, _scene.Done(id).Reason);
    }

    [Fact]
    public void A_timeout_that_must_not_be_retried_fails_as_timed_out_with_retries_left_R12()
    {
        var id = _scene.Submit(with: s => s with { Retries = 3 });
        var error = new JobError("TimeLimit", "The job exceeded its time limit of 2s.", Retryable: false);

        _worker.Report(new Outcome(_worker.Lease, OutcomeKind.TimedOut) { Error = error });

        Assert.Equal((FailReason.Timeout, 1), (_scene.Done(id).Reason, _scene.Done(id).Job.Status.Attempt));
    }

    [Fact]
    public void A_result_over_its_reservation_fails_as_too_large_R13()
    {
        var lease = Run();

        _worker.Report(new Outcome(lease, OutcomeKind.Succeeded) { Result = new byte[Limits.DefaultMaxResult + 1] });

        Assert.Equal(FailReason.TooLarge, _scene.Done(lease.Job).Reason);
        Assert.DoesNotContain(_scene.Changes, c => c is RowChange.PayloadAdded);
    }

    [Fact]
    public void A_result_that_its_worker_reports_as_too_large_fails_as_too_large()
    {
        var lease = Run();

        _worker.Report(
            new Outcome(lease, OutcomeKind.TooLarge) { Error = new JobError("TooLarge", "2 MB", Retryable: false) }
        );

        Assert.Equal(
            (FailReason.TooLarge, "2 MB"),
            (_scene.Done(lease.Job).Reason, _scene.Done(lease.Job).Error!.Message)
        );
    }

    [Fact]
    public void A_cancelled_outcome_without_a_request_counts_as_a_release_R12()
    {
        var lease = Run();

        _worker.Report(new Outcome(lease, OutcomeKind.Cancelled));

        Assert.Equal(
            (JobState.Ready, 1, 0),
            (
                _scene.Job(lease.Job).Status.State,
                _scene.Job(lease.Job).Status.Attempt,
                _scene.Job(lease.Job).Status.Failures
            )
        );
    }

    [Fact]
    public void A_request_that_waits_for_a_job_is_answered_in_the_commit_that_records_its_end()
    {
        var lease = Run();
        var waiter = _scene.Do(new Command.GetJob(lease.Job, TimeSpan.FromSeconds(30)));
        Assert.Null(_scene.AnswerTo(waiter));

        _worker.Succeed(lease);

        Assert.Equal(JobState.Succeeded, Assert.IsType<Response.Ended>(_scene.AnswerTo(waiter)).Job.Job.Status.State);
    }

    [Fact]
    public void A_wait_that_times_out_returns_the_current_state_of_the_job()
    {
        var lease = Run();
        var waiter = _scene.Do(new Command.GetJob(lease.Job, TimeSpan.FromSeconds(2)));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(2));

        Assert.Equal(JobState.Running, Assert.IsType<Response.Live>(_scene.AnswerTo(waiter)).Job.Status.State);
    }

    private LeaseToken Run()
    {
        _scene.Submit();
        return _worker.Lease;
    }

    private void Fail() =>
        _worker.Report(new Outcome(_worker.Lease, OutcomeKind.Failed) { Error = new JobError("E", "no") });
}
