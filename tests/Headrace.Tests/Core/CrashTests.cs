using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests the <c>crashed</c> outcome: the process that ran a job crashed, and its worker reports it (R10).
/// </summary>
public sealed class CrashTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_crashed_job_becomes_a_suspect_and_runs_again_immediately_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();

        var reply = worker.Report(Crash(worker.Lease, isolated: true));

        Assert.Equal(AckStatus.Recorded, Assert.Single(reply.Acks).Verdict);
        Assert.Equal(
            (JobState.Ready, true, 0),
            (_scene.Job(id).Status.State, _scene.Job(id).Status.Isolated, _scene.Job(id).Status.WorkerCrashes)
        );
        worker.Exchange();
        Assert.Equal(new LeaseToken(id, 2), worker.Lease);
    }

    [Fact]
    public void A_job_that_repeatedly_crashes_while_isolated_fails_as_poison_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        for (var crash = 0; crash < 2; crash++)
        {
            worker.Report(Crash(worker.Lease, isolated: true));
            Assert.Equal(crash, _scene.Job(id).Status.WorkerCrashes);
            worker.Exchange();
        }

        worker.Report(Crash(worker.Lease, isolated: true));

        Assert.Equal((FailReason.Poison, "E"), (_scene.Done(id).Reason, _scene.Done(id).Error?.Type));
    }

    [Fact]
    public void Crashes_beside_other_jobs_never_make_a_job_poison_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        for (var crash = 0; crash < 10; crash++)
        {
            worker.Report(Crash(worker.Lease, isolated: false));
            worker.Exchange();
        }

        Assert.Equal(
            (true, 0, 11),
            (_scene.Job(id).Status.Isolated, _scene.Job(id).Status.WorkerCrashes, _scene.Job(id).Status.Attempt)
        );
    }

    [Fact]
    public void A_crash_uses_no_retry_and_keeps_the_other_leases_of_its_worker_R10()
    {
        var worker = _scene.Join("w1", slots: 2);
        worker.Exchange();
        JobId[] ids = [.. _scene.Ask<Response.Submitted>(Two()).Results.Select(result => result.Id)];
        var leases = worker.Answered.Leases.Select(row => new LeaseToken(row.Id, row.Status.Attempt)).ToList();

        worker.Report(Crash(leases[0], isolated: false));

        Assert.Equal((JobState.Ready, 0), (_scene.Job(ids[0]).Status.State, _scene.Job(ids[0]).Status.Failures));
        Assert.Equal((JobState.Running, 1), (_scene.Job(ids[1]).Status.State, _scene.Job(ids[1]).Status.Attempt));
    }

    [Fact]
    public void A_job_that_must_not_run_twice_fails_as_lost_after_a_crash_R11()
    {
        var worker = Offering(new LossPolicy { FailWhenLost = true, Exclusive = true });
        var id = _scene.Submit();

        worker.Report(Crash(worker.Lease, isolated: false));

        Assert.Equal(FailReason.Lost, _scene.Done(id).Reason);
    }

    [Fact]
    public void Without_a_crash_limit_a_crash_creates_no_suspect_R10()
    {
        var worker = Offering(new LossPolicy { MaxWorkerCrashes = 0 });
        var id = _scene.Submit();

        worker.Report(Crash(worker.Lease, isolated: true));

        Assert.Equal((JobState.Ready, false), (_scene.Job(id).Status.State, _scene.Job(id).Status.Isolated));
    }

    [Fact]
    public void A_crash_of_a_job_with_a_cancel_request_cancels_it_R12()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        _scene.Do(new Command.Cancel(id));

        worker.Report(Crash(worker.Lease, isolated: true));

        Assert.Equal(JobState.Cancelled, _scene.Done(id).Job.Status.State);
    }

    [Fact]
    public void A_crash_is_recorded_once_with_its_error_R6()
    {
        var worker = _scene.Join("w1");
        _scene.Submit();
        var crash = Crash(worker.Lease, isolated: true);
        worker.Report(crash);
        var attempt = Assert.Single(_scene.Changes.OfType<RowChange.AttemptAdded>()).Row;

        var again = worker.Report(crash);

        Assert.Equal((OutcomeKind.Crashed, "E"), (attempt.Kind, attempt.Error?.Type));
        Assert.Equal(AckStatus.Repeated, Assert.Single(again.Acks).Verdict);
    }

    private SceneWorker Offering(LossPolicy limits)
    {
        var worker = new SceneWorker(_scene, "w1", 1, 0, ["noop@1"]) { Loss = limits };
        worker.Exchange();
        return worker;
    }

    private static Command.Submit Two()
    {
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
        };
        return new Command.Submit([new NewJob(spec, default), new NewJob(spec, default)]);
    }

    private static Outcome Crash(LeaseToken lease, bool isolated) =>
        new(lease, OutcomeKind.Crashed) { Error = new JobError("E", "exit code 139"), Isolated = isolated };
}
