using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Tests.Worker.Leases;

public sealed class StopRequestTests
{
    private static Action<ExchangeReply> Stop(ulong job) => reply => reply.Revoked.Add(MachineScene.Token(job));

    private static Action<ExchangeReply> RequestStop(ulong job, Reason reason) =>
        reply => reply.StopRequests.Add(new StopRequest(MachineScene.Token(job), reason));

    [Fact]
    public void The_broker_waits_for_the_time_that_a_worker_needs_to_cancel_and_to_report_a_timeout_R12()
    {
        var exchange = new BrokerOptions().Lease / 3;

        Assert.True(new BrokerOptions().TimeLimitGrace > new WorkerRules().CancelGrace + exchange);
    }

    [Fact]
    public void A_revoked_lease_is_cancelled_no_longer_listed_and_its_outcome_discarded()
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.Reply(scene.Exchange, Stop(1));
        var held = MachineScene.Held(scene.Exchange);
        scene.End(1, Kind.Cancelled);

        Assert.Equal([1], scene.Cancelled);
        Assert.Equal("", held);
        Assert.Empty(scene.Reports);
    }

    [Fact]
    public void A_revoked_lease_keeps_its_slot_until_its_method_has_returned()
    {
        var scene = new MachineScene();
        scene.Grant(2);

        scene.Reply(scene.Exchange, Stop(1));
        var before = scene.Run;
        scene.End(1, Kind.Cancelled);

        Assert.Equal([1], before);
        Assert.Equal([1, 2], scene.Run);
    }

    [Fact]
    public void A_waiting_job_whose_lease_is_revoked_never_runs()
    {
        var scene = new MachineScene();
        scene.Grant(2);

        scene.Reply(scene.Exchange, Stop(2));
        scene.End(1);

        Assert.Equal([1], scene.Run);
        Assert.Empty(scene.Cancelled);
    }

    [Fact]
    public void A_revocation_that_crossed_the_outcome_does_not_undo_it()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.End(1);

        scene.Reply(scene.Exchange, Stop(1));

        Assert.Equal("1 Succeeded", MachineScene.Outcomes(scene.Report));
        Assert.Equal("1 finished", MachineScene.Held(scene.Exchange));
    }

    [Theory]
    [InlineData(Reason.Cancel, Kind.Cancelled)]
    [InlineData(Reason.Deadline, Kind.Cancelled)]
    [InlineData(Reason.Timeout, Kind.TimedOut)]
    public void A_stop_request_cancels_the_token_once_and_determines_the_outcome(Reason reason, Kind kind)
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.Reply(scene.Exchange, RequestStop(1, reason));
        scene.Reply(scene.Exchange, RequestStop(1, reason));
        scene.End(1, Kind.Cancelled);

        Assert.Equal([1], scene.Cancelled);
        Assert.Equal($"1 {kind}", MachineScene.Outcomes(scene.Report));
    }

    [Fact]
    public void A_success_stays_a_success_despite_a_stop_request()
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.Reply(scene.Exchange, RequestStop(1, Reason.Cancel));
        scene.End(1);

        Assert.Equal("1 Succeeded", MachineScene.Outcomes(scene.Report));
    }

    [Fact]
    public void A_stop_request_to_a_waiting_job_ends_it_without_running_it()
    {
        var scene = new MachineScene();
        scene.Grant(2);

        scene.Reply(scene.Exchange, RequestStop(2, Reason.Cancel));

        Assert.Equal("2 Cancelled", MachineScene.Outcomes(scene.Exchange));
        Assert.Equal([1], scene.Run);
    }

    [Fact]
    public void The_token_is_cancelled_at_the_time_limit()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.TimeLimit = WireTime.Of(TimeSpan.FromSeconds(3)));

        scene.Advance(2.9);
        var early = scene.Cancelled;
        scene.Advance(0.1);
        scene.End(1, Kind.Cancelled);

        Assert.Empty(early);
        Assert.Equal([1], scene.Cancelled);
        Assert.Contains("1 TimedOut", scene.Reports.Select(MachineScene.Outcomes));
    }

    [Fact]
    public void A_method_that_ignores_its_cancellation_ends_the_process_after_all_outcomes_are_reported()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(
            3,
            job => job.TimeLimit = job.Lease.Job.Value == 1 ? WireTime.Of(TimeSpan.FromMilliseconds(100)) : null
        );

        scene.Advance(10.05);
        foreach (var report in scene.Reports)
            scene.Reply(report);
        var early = scene.Exited;
        scene.Advance(0.05);
        var reported = scene
            .InFlight.SelectMany(m => m.Request.Outcomes)
            .Select(o => $"{o.Lease.Job} {o.Kind}")
            .ToList();
        foreach (var message in scene.InFlight)
            scene.Reply(message);

        Assert.Null(early);
        // Job 3 was released earlier, after no slot had become free for a second.
        Assert.Equal(["1 TimedOut", "2 Released"], reported);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Contains(
            "noop@1) was still running 10 s after it exceeded its time limit of 100ms",
            scene.Exited.Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_process_exits_after_five_seconds_if_its_last_report_is_not_acknowledged()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.Reply(scene.Exchange, RequestStop(1, Reason.Cancel));

        scene.Advance(10);
        scene.Advance(4.9);
        var early = scene.Exited;
        scene.Advance(0.1);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
    }

    [Fact]
    public void A_method_that_ignores_a_revocation_ends_the_process_too()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.Reply(scene.Exchange, Stop(1));

        scene.Advance(10);

        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Empty(scene.Reports.SelectMany(r => r.Request.Outcomes));
    }

    [Fact]
    public void An_execution_that_ignores_its_cancellation_is_killed_and_the_process_continues()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.Method = "command");
        scene.Reply(scene.Exchange, RequestStop(1, Reason.Cancel));

        scene.Advance(9.9);
        var early = scene.Killed;
        scene.Advance(0.1);
        var killed = scene.Killed;
        scene.End(1, Kind.Cancelled);
        scene.Advance(10);

        Assert.Empty(early);
        Assert.Equal([1], killed);
        Assert.Equal([1], scene.Killed);
        Assert.Contains("1 Cancelled", scene.Sent.Select(MachineScene.Outcomes));
        Assert.Null(scene.Exited);
    }

    [Fact]
    public void The_process_ends_if_the_executor_does_not_end_a_killed_execution_within_two_seconds()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.Method = "command");
        scene.Reply(scene.Exchange, RequestStop(1, Reason.Cancel));

        scene.Advance(11.9);
        foreach (var message in scene.InFlight)
            scene.Reply(message);
        var early = scene.Sent.SelectMany(s => s.Request.Outcomes).Count();
        scene.Advance(0.1);
        foreach (var message in scene.InFlight)
            scene.Reply(message);

        Assert.Equal(0, early);
        Assert.Equal([1], scene.Killed);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Contains(
            "Its executor did not kill it",
            Assert.Single(scene.Sent.SelectMany(s => s.Request.Outcomes)).Error!.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_execution_that_the_executor_gives_up_is_released_and_one_that_must_not_run_twice_is_lost()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(2, job => job.Method = job.Lease.Job.Value == 1 ? "command" : "charge");

        foreach (var job in new[] { 1UL, 2UL })
            scene.Handle(
                new WorkerEvent.Ended(
                    MachineScene.Token(job),
                    new MethodEnd(Kind.Released) { Took = TimeSpan.FromSeconds(1) }
                )
            );
        scene.Wake();

        Assert.Equal(
            ["1 Released", "2 Lost"],
            scene.Sent.SelectMany(s => s.Request.Outcomes).Select(o => $"{o.Lease.Job} {o.Kind}").Order()
        );
    }
}
