using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Tests that only short jobs of single-call methods are assigned to a slot in advance, and that no job stays queued
/// behind a job that takes unexpectedly long.
/// </summary>
public sealed class LocalQueueTests
{
    /// <summary>
    /// Creates a worker that has measured the run time of its jobs and is running the first of several new jobs.
    /// </summary>
    private static MachineScene After(TimeSpan run, int slots = 1, int jobs = 3, string method = "noop")
    {
        var scene = new MachineScene(slots);
        scene.Grant(with: job => job.Method = method);
        scene.Advance(run);
        scene.End(1);
        scene.Reply(scene.Report);
        scene.Grant(jobs, job => job.Method = method);
        return scene;
    }

    /// <summary>
    /// Creates a worker in the same way as <see cref="After"/>, and then completes one more job. The exchange that
    /// reports the first completed job has been sent, job 3 is running, and jobs 4 and 5 are assigned in advance.
    /// </summary>
    private static MachineScene OneJobOn()
    {
        var scene = After(TimeSpan.FromMicroseconds(50), jobs: 4);
        scene.End(2);
        scene.Begin(3);
        return scene;
    }

    [Fact]
    public void Short_jobs_are_assigned_to_a_slot_behind_the_running_one()
    {
        var scene = After(TimeSpan.FromMicroseconds(50));

        Assert.Equal([1, 2, 3, 4], scene.Run);
        Assert.Equal([false, false, true, true], scene.Steps.OfType<WorkerStep.Run>().Select(run => run.ReportsStart));
        scene.End(2);
        Assert.Equal("2 finished, 3 waiting, 4 waiting", MachineScene.Held(scene.Exchange));
    }

    [Fact]
    public void At_most_two_milliseconds_of_work_are_assigned_in_advance()
    {
        var scene = After(TimeSpan.FromMicroseconds(500), jobs: 10);

        Assert.Equal([1, 2, 3, 4, 5, 6], scene.Run);
    }

    [Theory]
    [InlineData("noop", 1_000)]
    [InlineData("gpu", 50)]
    public void Jobs_of_one_millisecond_and_exclusive_jobs_are_not_assigned_in_advance(string method, int micros)
    {
        var scene = After(TimeSpan.FromMicroseconds(micros), method: method);

        Assert.Equal([1, 2], scene.Run);
    }

    [Fact]
    public void A_free_slot_is_preferred_to_a_place_behind_a_running_job()
    {
        var scene = After(TimeSpan.FromMicroseconds(50), slots: 3);

        Assert.Equal(
            [false, false, false, false],
            scene.Steps.OfType<WorkerStep.Run>().Select(run => run.ReportsStart)
        );
    }

    [Fact]
    public void Jobs_behind_an_unexpectedly_long_job_are_recalled_and_take_the_next_free_slot_in_order()
    {
        var scene = After(TimeSpan.FromMicroseconds(50), slots: 2, jobs: 6);
        var one = scene.Steps.OfType<WorkerStep.Run>().Single(run => run.Job.Lease.Job.Value == 2).Slot;
        var behind = scene
            .Steps.OfType<WorkerStep.Run>()
            .Where(run => run.ReportsStart && run.Slot == one)
            .Select(run => (ulong)run.Job.Lease.Job.Value)
            .ToList();
        // The other slot runs all of its jobs while job 2 is still running.
        for (var i = 0; i < 3; i++)
        {
            scene.Advance(TimeSpan.FromMilliseconds(1));
            foreach (
                var other in scene
                    .Steps.OfType<WorkerStep.Run>()
                    .Where(run => run.Job.Lease.Job.Value > 2 && run.Slot != one)
                    .Select(run => (ulong)run.Job.Lease.Job.Value)
                    .Skip(i)
                    .Take(1)
                    .ToList()
            )
            {
                scene.Begin(other);
                scene.End(other);
            }
        }

        scene.Advance(TimeSpan.FromMilliseconds(10));
        var asked = scene.Recalled;
        foreach (var back in asked)
            scene.End(back, Kind.Released);
        var again = scene.Steps.OfType<WorkerStep.Run>().Skip(7).Select(run => (ulong)run.Job.Lease.Job.Value).ToList();

        Assert.Equal(behind, asked.Order());
        Assert.NotEmpty(again);
        Assert.All(scene.Steps.OfType<WorkerStep.Run>().Skip(7), run => Assert.NotEqual(one, run.Slot));
        Assert.DoesNotContain(
            scene.Sent.SelectMany(message => message.Request.Outcomes),
            outcome => outcome.Kind == Kind.Released
        );
    }

    [Fact]
    public void Nothing_is_assigned_behind_a_long_running_job_and_waiting_jobs_are_eventually_released()
    {
        var scene = After(TimeSpan.FromMicroseconds(50));
        scene.Advance(TimeSpan.FromMilliseconds(10));
        foreach (var back in scene.Recalled)
            scene.End(back, Kind.Released);
        var assigned = scene.Run.Count;

        scene.Advance(TimeSpan.FromMilliseconds(500));
        var kept = scene.Run.Count;
        scene.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([4, 3], scene.Recalled);
        Assert.Equal(assigned, kept);
        Assert.Equal(
            ["3 Released", "4 Released"],
            scene
                .Sent.SelectMany(message => message.Request.Outcomes)
                .Where(o => o.Kind == Kind.Released)
                .Select(o => $"{o.Lease.Job} {o.Kind}")
                .Distinct()
        );
    }

    [Fact]
    public void A_time_limit_starts_when_the_job_starts_and_not_when_it_is_assigned()
    {
        var scene = new MachineScene();
        scene.Grant();
        scene.Advance(TimeSpan.FromMicroseconds(50));
        scene.End(1);
        scene.Reply(scene.Report);
        scene.Grant(2, job => job.TimeLimit = WireTime.Of(TimeSpan.FromMilliseconds(9)));
        scene.Advance(TimeSpan.FromMilliseconds(5));
        scene.End(2);
        scene.Begin(3);

        scene.Advance(TimeSpan.FromMilliseconds(8));
        var early = scene.Cancelled;
        scene.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Empty(early);
        Assert.Equal([3], scene.Cancelled);
    }

    [Fact]
    public void A_drain_releases_jobs_that_have_not_started()
    {
        var scene = After(TimeSpan.FromMicroseconds(50));

        scene.Handle(new WorkerEvent.DrainRequested("test"));
        scene.Wake();
        foreach (var back in scene.Recalled)
            scene.End(back, Kind.Released);

        Assert.Equal(
            ["3 Released", "4 Released"],
            scene
                .Sent.SelectMany(message => message.Request.Outcomes)
                .Where(o => o.Kind == Kind.Released)
                .Select(o => $"{o.Lease.Job} {o.Kind}")
                .Distinct()
        );
    }

    [Fact]
    public void A_suspect_runs_alone_and_assigned_jobs_are_released()
    {
        var scene = OneJobOn();

        var suspect = scene.Grant(1, job => job.Isolated = true)[0];
        foreach (var back in scene.Recalled)
            scene.End(back, Kind.Released);
        var before = scene.Run.Contains(suspect);
        scene.End(3);

        Assert.Equal(2, scene.Recalled.Count);
        Assert.False(before);
        Assert.Contains(suspect, scene.Run);
        Assert.Equal(
            ["4 Released", "5 Released"],
            scene
                .Sent.SelectMany(message => message.Request.Outcomes)
                .Where(o => o.Kind == Kind.Released)
                .Select(o => $"{o.Lease.Job} {o.Kind}")
                .Distinct()
                .Order()
        );
    }

    [Fact]
    public void A_cancelled_job_that_has_not_started_ends_as_cancelled()
    {
        var scene = OneJobOn();

        scene.Reply(
            scene.Exchange,
            reply => reply.StopRequests.Add(new StopRequest(MachineScene.Token(4), Reason.Cancel))
        );
        scene.End(4, Kind.Released);

        Assert.Equal([4], scene.Cancelled);
        Assert.Contains(
            "4 Cancelled",
            scene.Sent.SelectMany(message => message.Request.Outcomes).Select(o => $"{o.Lease.Job} {o.Kind}")
        );
    }

    [Fact]
    public void A_job_that_another_worker_holds_is_discarded_when_it_is_recalled()
    {
        var scene = OneJobOn();

        scene.Reply(scene.Exchange, reply => reply.Revoked.Add(MachineScene.Token(4)));
        scene.End(4, Kind.Released);
        scene.ReplyToReports();
        scene.End(3);

        Assert.Equal("3 finished, 5 waiting", MachineScene.Held(scene.Exchange));
        Assert.DoesNotContain(
            scene.Sent.SelectMany(message => message.Request.Outcomes),
            outcome => outcome.Lease == MachineScene.Token(4)
        );
    }
}
