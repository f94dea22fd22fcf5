using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Worker.Leases;

public sealed class DrainTests
{
    private static void AskToDrain(MachineScene scene)
    {
        scene.Handle(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Wake();
    }

    [Fact]
    public void A_drain_releases_waiting_jobs_and_finishes_running_ones()
    {
        var scene = new MachineScene();
        scene.Grant(2);
        var parked = scene.Exchange;

        AskToDrain(scene);

        Assert.Contains(scene.Steps, s => s is WorkerStep.Abort { Message: var given } && given == parked.Message);
        Assert.Equal(
            (2UL, true, TimeSpan.Zero),
            (
                scene.Exchange.Request.ExchangeNumber,
                scene.Exchange.Request.Draining,
                scene.Exchange.Request.Wait?.ToTimeSpan()
            )
        );
        Assert.Equal("2 Released", MachineScene.Outcomes(scene.Exchange));
        Assert.Empty(scene.Cancelled);
        Assert.Null(scene.Exited);
    }

    [Fact]
    public void The_worker_exits_when_all_outcomes_are_acknowledged_and_no_lease_can_arrive()
    {
        var scene = new MachineScene();
        scene.Grant();
        AskToDrain(scene);
        scene.End(1);

        scene.Reply(scene.Report);
        var beforeReply = scene.Exited;
        scene.Reply(scene.Exchange);

        Assert.Null(beforeReply);
        Assert.Equal((WorkerProcess.StoppedOnRequest, "Drained."), (scene.Exited!.Code, scene.Exited.Reason));
    }

    [Fact]
    public void A_worker_whose_drain_was_confirmed_by_a_lost_reply_still_ends_as_drained()
    {
        var scene = new MachineScene();
        AskToDrain(scene);

        scene.Reply(scene.Exchange, reply => reply.Terminate = "This incarnation has not joined, or it has ended.");

        Assert.Equal((WorkerProcess.StoppedOnRequest, "Drained."), (scene.Exited!.Code, scene.Exited.Reason));
    }

    [Fact]
    public void A_lease_in_a_reply_that_crossed_the_drain_is_released()
    {
        var scene = new MachineScene();
        AskToDrain(scene);

        scene.Grant();

        Assert.Empty(scene.Run);
        Assert.Null(scene.Exited);
        Assert.Equal("1 Released", MachineScene.Outcomes(scene.Exchange));
    }

    [Fact]
    public void The_server_may_request_a_drain()
    {
        var scene = new MachineScene();
        scene.Grant();

        scene.Reply(scene.Exchange, reply => reply.Drain = true);
        var next = scene.Exchange;
        scene.Reply(next, reply => reply.Drain = true);
        scene.End(1);
        scene.Reply(scene.Report, reply => reply.Drain = true);

        Assert.True(next.Request.Draining);
        Assert.Equal(WorkerProcess.StoppedOnRequest, scene.Exited!.Code);
    }

    [Fact]
    public void A_draining_worker_still_parks_its_exchange()
    {
        var scene = new MachineScene();
        scene.Grant();
        AskToDrain(scene);

        scene.Reply(scene.Exchange);

        Assert.Equal(TimeSpan.FromSeconds(7.5), scene.Exchange.Request.Wait?.ToTimeSpan());
        Assert.True(scene.Exchange.Request.Draining);
    }

    [Fact]
    public void An_idle_draining_worker_without_a_server_exits_soon()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromMinutes(10));
        scene.Reply(scene.Exchange);
        AskToDrain(scene);

        scene.NotReply(scene.Exchange);
        scene.Advance(4.9);
        var early = scene.Exited;
        scene.Advance(0.1);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.StoppedOnRequest, scene.Exited!.Code);
    }

    [Fact]
    public void A_second_signal_abandons_running_jobs_and_the_worker_exits_once_that_is_reported()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(2);
        AskToDrain(scene);
        scene.Reply(scene.Exchange);

        scene.Handle(new WorkerEvent.AbandonRequested());
        scene.Wake();
        var report = scene.Report;
        var early = scene.Exited;
        scene.Reply(report);

        Assert.Equal([1, 2], scene.Cancelled);
        Assert.Equal("1 Released, 2 Released", MachineScene.Outcomes(report));
        Assert.Null(early);
        Assert.Equal(WorkerProcess.StoppedOnRequest, scene.Exited!.Code);
    }

    [Fact]
    public void A_time_limit_applies_while_draining()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.TimeLimit = Headrace.Protocol.Exchange.WireTime.Of(TimeSpan.FromSeconds(1)));
        AskToDrain(scene);

        scene.Advance(1);

        Assert.Equal([1], scene.Cancelled);
    }
}
