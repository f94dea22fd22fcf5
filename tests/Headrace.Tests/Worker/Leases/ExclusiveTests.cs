using Headrace.Protocol.Exchange;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Tests jobs whose attempts must never run concurrently, and jobs that must never run a second time (R11). In these
/// tests, a lease lasts 30 s from the time at which exchange 1 is sent.
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

    /// <summary>Drops every message for the given number of seconds.</summary>
    private static void Cut(MachineScene scene, double seconds)
    {
        for (var passed = 0.0; passed < seconds - 1e-9; passed += 0.1)
        {
            foreach (var message in scene.InFlight)
                scene.NotReply(message);
            scene.Advance(0.1);
        }
    }

    [Theory]
    [InlineData("gpu", Kind.Released)]
    [InlineData("charge", Kind.Lost)]
    public void During_an_outage_an_exclusive_job_is_stopped_before_its_lease_ends_and_reported_afterwards(
        string method,
        Kind kind
    )
    {
        var scene = Running(method);

        Cut(scene, 19.9);
        var early = scene.Cancelled;
        Cut(scene, 0.2);
        scene.End(1, Kind.Cancelled);
        scene.Advance(1);

        Assert.Empty(early);
        Assert.Equal([1], scene.Cancelled);
        Assert.Equal($"1 {kind}", MachineScene.Outcomes(scene.Exchange));
    }

    [Fact]
    public void Other_jobs_continue_through_an_outage()
    {
        var scene = Running("noop");

        Cut(scene, 60);

        Assert.Empty(scene.Cancelled);
        Assert.Null(scene.Exited);
    }

    [Fact]
    public void The_process_of_a_method_that_does_not_stop_exits_before_the_lease_ends()
    {
        var scene = Running("charge");

        Cut(scene, 27.9);
        var early = scene.Exited;
        Cut(scene, 0.2);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
        Assert.Empty(scene.Sent.SelectMany(s => s.Request.Outcomes));
    }

    [Fact]
    public void An_exclusive_execution_that_does_not_stop_is_killed_before_its_process_would_have_to_exit()
    {
        var scene = Running("licence");

        Cut(scene, 25.9);
        var early = scene.Killed;
        Cut(scene, 0.2);
        var killed = scene.Killed;
        scene.End(1, Kind.Cancelled);
        Cut(scene, 10);

        Assert.Empty(early);
        Assert.Equal([1], killed);
        Assert.Null(scene.Exited);
    }

    [Fact]
    public void The_process_exits_before_the_lease_ends_if_its_executor_cannot_kill_an_exclusive_execution()
    {
        var scene = Running("licence");

        Cut(scene, 27.9);
        var early = scene.Exited;
        Cut(scene, 0.2);

        Assert.Null(early);
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
    }

    [Fact]
    public void A_reply_in_time_keeps_an_exclusive_job_running()
    {
        var scene = Running("charge");

        for (var i = 0; i < 10; i++)
        {
            Cut(scene, 15);
            scene.Advance(1);
            scene.Reply(scene.Exchange);
        }

        Assert.Empty(scene.Cancelled);
    }

    [Fact]
    public void An_exclusive_job_is_not_started_on_an_expiring_lease_but_after_the_server_is_back()
    {
        var scene = new MachineScene(orphanGrace: TimeSpan.FromMinutes(10));
        scene.Grant(26, job => job.Method = job.Lease.Job.Value == 26 ? "gpu" : "noop");
        for (var job = 1UL; job <= 25; job++)
        {
            Cut(scene, 0.81);
            scene.End(job);
        }
        var beforeOutage = scene.Run.Count;

        scene.Advance(1);
        scene.Reply(scene.Exchange);

        Assert.Equal(25, beforeOutage);
        Assert.Equal(26UL, scene.Run[^1]);
    }

    [Fact]
    public void After_a_second_signal_an_exclusive_job_is_released_only_when_its_method_has_returned()
    {
        var scene = Running("charge");
        scene.Handle(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Handle(new WorkerEvent.AbandonRequested());
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
    public void A_cancelled_method_that_continues_stays_listed_and_is_not_reported_as_ended()
    {
        var scene = Running("gpu");
        scene.Reply(
            scene.Exchange,
            reply => reply.StopRequests.Add(new StopRequest(MachineScene.Token(1), Reason.Cancel))
        );

        scene.Advance(9);
        foreach (var message in scene.InFlight)
            scene.Reply(message);
        scene.Advance(1);

        Assert.All(
            scene.Sent.Where(s => s.Request.ExchangeNumber > 2),
            s => Assert.Equal("1 running", MachineScene.Held(s))
        );
        Assert.Empty(scene.Sent.SelectMany(s => s.Request.Outcomes));
        Assert.Equal(WorkerProcess.Terminated, scene.Exited!.Code);
    }
}
