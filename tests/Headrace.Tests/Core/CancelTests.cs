using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class CancelTests
{
    private readonly BrokerScene _scene = new(new BrokerOptions { Lease = TimeSpan.FromSeconds(9) });

    [Fact]
    public void Cancelling_a_waiting_job_ends_it_immediately()
    {
        _scene.Join("w1", slots: 0);
        var id = _scene.Submit();

        var answer = _scene.Ask<Response.Ended>(new Command.Cancel(id));

        Assert.Equal(JobState.Cancelled, answer.Job.Job.Status.State);
        Assert.False(_scene.IsLive(id));
    }

    [Fact]
    public void A_stop_request_to_a_running_job_is_committed_R12()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        worker.Exchange(SceneWorker.Holding(new LeaseToken(id, 1)));

        _scene.Ask<Response.CancelRequested>(new Command.Cancel(id));

        Assert.Equal(StopReason.Cancel, _scene.Changes.OfType<RowChange.JobChanged>().Single().Row.Status.StopRequest);
        Assert.Equal((new LeaseToken(id, 1), StopReason.Cancel), Assert.Single(worker.Answered.StopRequests));
    }

    [Fact]
    public void A_stop_request_ends_parked_exchanges_only_until_the_worker_has_received_it_R12()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        worker.Exchange(SceneWorker.Holding(lease));
        _scene.Do(new Command.Cancel(lease.Job));
        Assert.NotNull(worker.Reply);

        Assert.Null(worker.Exchange(SceneWorker.Holding(lease)));

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(3));
        Assert.Single(worker.Answered.StopRequests);
    }

    [Theory]
    [InlineData(OutcomeKind.Cancelled)]
    [InlineData(OutcomeKind.Failed)]
    [InlineData(OutcomeKind.Released)]
    internal void Every_outcome_but_success_of_a_job_with_a_cancel_request_is_cancelled_R12(OutcomeKind kind)
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Do(new Command.Cancel(lease.Job));

        worker.Report(new Outcome(lease, kind));

        Assert.Equal(JobState.Cancelled, _scene.Done(lease.Job).Job.Status.State);
    }

    [Fact]
    public void A_success_stays_a_success_despite_a_cancel_request_R12()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Do(new Command.Cancel(lease.Job));

        worker.Succeed(lease);

        Assert.Equal(JobState.Succeeded, _scene.Done(lease.Job).Job.Status.State);
    }

    [Fact]
    public void A_worker_crash_cancels_a_job_with_a_cancel_request_R12()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        _scene.Do(new Command.Cancel(id));

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.Equal(JobState.Cancelled, _scene.Done(id).Job.Status.State);
    }

    [Fact]
    public void The_broker_requests_a_stop_of_an_attempt_beyond_its_time_limit_and_margin_R12()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(with: s => s with { TimeLimit = TimeSpan.FromSeconds(2) }), 1);
        worker.ReportStarted(lease);

        Keep(worker, lease, TimeSpan.FromSeconds(22));
        Assert.Equal(StopReason.None, _scene.Job(lease.Job).Status.StopRequest);
        Keep(worker, lease, TimeSpan.FromSeconds(5));

        Assert.Equal(StopReason.Timeout, _scene.Job(lease.Job).Status.StopRequest);
    }

    [Fact]
    public void A_timeout_reported_by_the_worker_uses_a_retry_even_after_the_broker_requested_the_stop_R12()
    {
        var lease = StoppedByTimeLimit(retries: 1, out var worker);

        worker.Report(new Outcome(lease, OutcomeKind.TimedOut));

        Assert.Equal(
            (JobState.Scheduled, 1),
            (_scene.Job(lease.Job).Status.State, _scene.Job(lease.Job).Status.Failures)
        );
    }

    [Fact]
    public void A_timeout_without_retries_left_fails_the_job_R12()
    {
        var lease = StoppedByTimeLimit(retries: 0, out var worker);

        worker.Report(new Outcome(lease, OutcomeKind.TimedOut));

        Assert.Equal(FailReason.Timeout, _scene.Done(lease.Job).Reason);
    }

    [Fact]
    public void A_cancel_after_the_stop_for_the_time_limit_still_ends_the_job_R12()
    {
        var lease = StoppedByTimeLimit(retries: 3, out var worker);
        _scene.Ask<Response.CancelRequested>(new Command.Cancel(lease.Job));

        worker.Report(new Outcome(lease, OutcomeKind.TimedOut));

        Assert.Equal(JobState.Cancelled, _scene.Done(lease.Job).Job.Status.State);
    }

    [Fact]
    public void A_deadline_after_the_stop_for_the_time_limit_still_ends_the_job_R12()
    {
        var lease = StoppedByTimeLimit(retries: 3, out var worker, deadline: _scene.Now + TimeSpan.FromSeconds(30));
        Keep(worker, lease, TimeSpan.FromSeconds(4));

        worker.Report(new Outcome(lease, OutcomeKind.TimedOut));

        Assert.Equal(FailReason.Deadline, _scene.Done(lease.Job).Reason);
    }

    [Fact]
    public void A_worker_that_ignores_a_stop_request_for_one_lease_is_terminated_R12()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Do(new Command.Cancel(lease.Job));

        Keep(worker, lease, TimeSpan.FromSeconds(14));

        Assert.Contains("still running", worker.Answered.TerminateReason, StringComparison.Ordinal);
        Assert.Equal(JobState.Running, _scene.Job(lease.Job).Status.State);
    }

    [Fact]
    public void A_stop_request_to_a_running_job_survives_a_restart_R12()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Do(new Command.Cancel(lease.Job));

        _scene.Restart();

        Assert.Equal(
            (lease, StopReason.Cancel),
            Assert.Single(worker.Exchange(SceneWorker.Holding(lease))!.StopRequests)
        );
    }

    /// <summary>Lets a job exceed its time limit while its worker keeps sending messages.</summary>
    private LeaseToken StoppedByTimeLimit(int retries, out SceneWorker worker, Instant? deadline = null)
    {
        worker = _scene.Join("w1");
        var lease = new LeaseToken(
            _scene.Submit(with: s =>
                s with
                {
                    TimeLimit = TimeSpan.FromSeconds(2),
                    Retries = retries,
                    Deadline = deadline ?? Instant.Never,
                }
            ),
            1
        );
        worker.ReportStarted(lease);
        Keep(worker, lease, TimeSpan.FromSeconds(27));
        Assert.Equal(StopReason.Timeout, _scene.Job(lease.Job).Status.StopRequest);
        return lease;
    }

    private void Keep(SceneWorker worker, LeaseToken lease, TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromSeconds(1))
        {
            if (worker.Reply is not null)
                worker.Exchange(SceneWorker.Holding(lease));
            _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        }
        if (worker.Reply is null)
            _scene.AdvanceAndTick(TimeSpan.FromSeconds(3));
    }
}
