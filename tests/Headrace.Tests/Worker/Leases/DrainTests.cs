using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;

namespace Headrace.Tests.Worker.Leases;

public sealed class DrainTests
{
    private static void AskToDrain(MachineScene scene)
    {
        scene.Tell(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Wake();
    }

    [Fact]
    public void A_drain_gives_back_what_waits_and_finishes_what_runs()
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
    public void It_ends_when_what_ran_is_acknowledged_and_no_lease_can_come_any_more()
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
    public void A_lease_in_the_reply_that_crossed_the_drain_goes_back()
    {
        var scene = new MachineScene();
        AskToDrain(scene);

        scene.Grant();

        Assert.Empty(scene.Run);
        Assert.Null(scene.Exited);
        Assert.Equal("1 Released", MachineScene.Outcomes(scene.Exchange));
    }

    [Fact]
    public void The_server_may_ask_for_it()
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
    public void While_it_drains_it_parks_as_ever()
    {
        var scene = new MachineScene();
        scene.Grant();
        AskToDrain(scene);

        scene.Reply(scene.Exchange);

        Assert.Equal(TimeSpan.FromSeconds(7.5), scene.Exchange.Request.Wait?.ToTimeSpan());
        Assert.True(scene.Exchange.Request.Draining);
    }

    [Fact]
    public void Idle_and_without_a_server_it_ends_soon()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromMinutes(10));
        scene.Reply(scene.Exchange);
        AskToDrain(scene);

        scene.Lose(scene.Exchange);
        scene.Pass(4.9);
        var early = scene.Exited;
        scene.Pass(0.1);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.StoppedOnRequest, scene.Exited!.Code);
    }

    [Fact]
    public void A_second_signal_gives_up_what_runs_and_ends_once_that_is_told()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(2);
        AskToDrain(scene);
        scene.Reply(scene.Exchange);

        scene.Tell(new WorkerEvent.AbandonRequested());
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
    public void A_time_limit_counts_while_draining()
    {
        var scene = new MachineScene();
        scene.Grant(1, job => job.TimeLimit = Headrace.Protocol.Exchange.WireTime.Of(TimeSpan.FromSeconds(1)));
        AskToDrain(scene);

        scene.Pass(1);

        Assert.Equal([1], scene.Cancelled);
    }
}
