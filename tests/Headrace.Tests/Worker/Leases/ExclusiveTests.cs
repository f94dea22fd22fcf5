using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Tests jobs that must not run twice at the same time, or not twice at all (R11). In these tests the lease lasts 30 s
/// from the sending of exchange 1.
/// </summary>
public sealed class ExclusiveTests
{
    private static MachineScene Running(string method, TimeSpan? orphanGrace = null)
    {
        var scene = new MachineScene(orphanGrace: orphanGrace ?? TimeSpan.FromMinutes(10));
        scene.Grant(1, job => job.Method = method);
        scene.ReplyToReports();
        return scene;
    }

    /// <summary>Loses every message for this time.</summary>
    private static void Cut(MachineScene scene, double seconds)
    {
        for (var passed = 0.0; passed < seconds - 1e-9; passed += 0.1)
        {
            foreach (var message in scene.UnderWay)
                scene.Lose(message);
            scene.Pass(0.1);
        }
    }

    [Theory]
    [InlineData("gpu", Kind.Released)]
    [InlineData("charge", Kind.Lost)]
    public void Cut_off_it_is_stopped_a_third_of_the_lease_before_its_end_and_told_when_the_server_is_back(
        string method,
        Kind kind
    )
    {
        var scene = Running(method);

        Cut(scene, 19.9);
        var early = scene.Cancelled;
        Cut(scene, 0.2);
        scene.End(1, Kind.Cancelled);
        scene.Pass(1);

        Assert.Empty(early);
        Assert.Equal([1], scene.Cancelled);
        Assert.Equal($"1 {kind}", MachineScene.Outcomes(scene.Exchange));
    }

    [Fact]
    public void Other_work_runs_on_through_an_outage()
    {
        var scene = Running("noop");

        Cut(scene, 60);

        Assert.Empty(scene.Cancelled);
        Assert.Null(scene.Exited);
    }

    [Fact]
    public void A_method_that_does_not_stop_is_ended_with_its_process_before_the_lease_ends()
    {
        var scene = Running("charge");

        Cut(scene, 27.9);
        var early = scene.Exited;
        Cut(scene, 0.2);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.CancellationIgnored, scene.Exited!.Code);
        Assert.Empty(scene.Sent.SelectMany(s => s.Request.Outcomes));
    }

    [Fact]
    public void A_server_that_answers_in_time_keeps_it_running()
    {
        var scene = Running("charge");

        for (var i = 0; i < 10; i++)
        {
            Cut(scene, 15);
            scene.Pass(1);
            scene.Reply(scene.Exchange);
        }

        Assert.Empty(scene.Cancelled);
    }

    [Fact]
    public void It_is_not_started_on_a_lease_that_runs_out_but_when_the_server_is_back()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromMinutes(10));
        scene.Grant(26, job => job.Method = job.Lease.Job.Value == 26 ? "gpu" : "noop");
        for (var job = 1UL; job <= 25; job++)
        {
            Cut(scene, 0.81);
            scene.End(job);
        }
        var cutOff = scene.Run.Count;

        scene.Pass(1);
        scene.Reply(scene.Exchange);

        Assert.Equal(25, cutOff);
        Assert.Equal(26UL, scene.Run[^1]);
    }

    [Fact]
    public void A_second_signal_lets_it_go_only_when_its_method_has_returned()
    {
        var scene = Running("charge");
        scene.Tell(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Tell(new WorkerEvent.AbandonRequested());
        scene.Wake();
        scene.Reply(scene.Exchange);

        var before = scene.Sent.SelectMany(s => s.Request.Outcomes).Count();
        scene.End(1, Kind.Cancelled);
        var report = scene.Report;
        scene.Reply(report);

        Assert.Equal([1], scene.Cancelled);
        Assert.Equal(0, before);
        Assert.Equal("1 Lost", MachineScene.Outcomes(report));
        Assert.Equal(WorkerProcess.StoppedOnRequest, scene.Exited!.Code);
    }

    [Fact]
    public void A_cancelled_method_that_goes_on_is_listed_to_the_end_and_never_told_as_ended()
    {
        var scene = Running("gpu");
        scene.Reply(
            scene.Exchange,
            reply => reply.StopRequests.Add(new StopRequest(MachineScene.Token(1), Reason.Cancel))
        );

        scene.Pass(9);
        foreach (var message in scene.UnderWay)
            scene.Reply(message);
        scene.Pass(1);

        Assert.All(
            scene.Sent.Where(s => s.Request.ExchangeNumber > 2),
            s => Assert.Equal("1 running", MachineScene.Held(s))
        );
        Assert.Empty(scene.Sent.SelectMany(s => s.Request.Outcomes));
        Assert.Equal(WorkerProcess.CancellationIgnored, scene.Exited!.Code);
    }
}
