using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Tests which jobs share a slot, which jobs are assigned to a stream in advance and released by it, and when a batch
/// is complete. The stream processes up to 4 jobs concurrently. A batch contains up to 4 jobs and waits up to 10 ms.
/// </summary>
public sealed class SlotSharingTests
{
    private static Action<LeasedJob> Of(string method) => job => job.Method = method;

    /// <summary>
    /// Creates a worker whose stream has run jobs 1 to 200 for 100 ms each. After that, one additional job is assigned
    /// in advance for each job that the stream can run concurrently.
    /// </summary>
    private static MachineScene AfterShortJobs()
    {
        var scene = new MachineScene();
        for (var job = 1UL; job <= 200; job++)
        {
            scene.Begin(scene.Grant(1, Of("stream"))[0]);
            scene.Advance(0.1);
            scene.End(job);
            scene.ReplyToReports();
        }
        return scene;
    }

    [Fact]
    public void A_stream_shares_one_slot_reports_its_concurrency_and_is_assigned_one_extra_job()
    {
        var scene = new MachineScene();

        scene.Grant(7, Of("stream"));

        Assert.Equal([1, 2, 3, 4, 5], scene.Run);
        Assert.Equal((4U, 1U), (scene.Exchange.Request.Slots, scene.Exchange.Request.Prefetch));
        Assert.Equal(
            "1 waiting, 2 waiting, 3 waiting, 4 waiting, 5 waiting, 6 waiting, 7 waiting",
            MachineScene.Held(scene.Exchange)
        );
    }

    [Fact]
    public void A_job_starts_and_its_time_limit_begins_when_its_stream_reads_it()
    {
        var scene = new MachineScene();
        scene.Grant(2, job => (job.Method, job.TimeLimit) = ("stream", WireTime.Of(TimeSpan.FromSeconds(2))));
        scene.Advance(0.9);

        scene.Begin(1);
        scene.Advance(1.9);
        var early = scene.Cancelled;
        scene.Advance(0.2);

        Assert.Empty(early);
        Assert.Equal([1], scene.Cancelled);
        Assert.Contains(
            scene.Sent,
            message => MachineScene.Held(message).Contains("1 running", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            scene.Sent,
            message => MachineScene.Held(message).Contains("2 running", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_finished_stream_job_frees_its_place_for_the_next_job()
    {
        var scene = new MachineScene();
        scene.Grant(6, Of("stream"));
        scene.Begin(1, 2, 3, 4);

        scene.End(1);

        Assert.Equal([1, 2, 3, 4, 5, 6], scene.Run);
    }

    [Fact]
    public void While_another_method_waits_for_the_slot_the_stream_reads_no_later_jobs()
    {
        var scene = new MachineScene();
        scene.Grant(2, Of("stream"));
        scene.Begin(1, 2);
        scene.Grant();
        scene.Grant(1, Of("stream"));
        var before = scene.Run;

        scene.End(1);
        scene.End(2);
        var single = scene.Run;
        scene.End(3);

        Assert.Equal([1, 2], before);
        Assert.Equal([1, 2, 3], single);
        Assert.Equal([1, 2, 3, 4], scene.Run);
    }

    [Fact]
    public void Jobs_that_wait_behind_a_full_stream_for_a_second_are_released_even_if_already_assigned()
    {
        var scene = new MachineScene();
        scene.Grant(6, Of("stream"));
        scene.Begin(1, 2, 3, 4);

        scene.Advance(1);
        scene.End(5, Kind.Released);

        Assert.Equal([5], scene.Recalled);
        Assert.Equal(
            ["5 Released", "6 Released"],
            scene.Sent.SelectMany(m => m.Request.Outcomes).Select(o => $"{o.Lease.Job} {o.Kind}").Order()
        );
        Assert.Equal(0U, scene.Sent.Last().Request.Prefetch);
    }

    [Fact]
    public void Jobs_that_arrive_behind_a_full_stream_extend_no_wait_and_no_more_are_requested()
    {
        var scene = AfterShortJobs();
        scene.Grant(5, Of("stream"));
        scene.Begin(201, 202, 203, 204);

        scene.Advance(0.9);
        scene.Grant(1, Of("stream"));
        scene.Advance(0.1);
        scene.End(205, Kind.Released);

        Assert.Contains(205UL, scene.Recalled);
        Assert.Equal(0U, scene.Sent.Last().Request.Prefetch);
    }

    [Fact]
    public void One_long_stream_job_does_not_delay_the_release_of_jobs_that_wait_for_the_others()
    {
        var scene = AfterShortJobs();
        scene.Grant(8, Of("stream"));
        scene.Begin(201, 202, 203, 204);

        scene.Advance(0.9);
        scene.End(201);
        scene.Begin(205);
        scene.Advance(0.1);

        Assert.Equal("206 207 208", string.Join(" ", scene.Recalled.Order()));
    }

    [Fact]
    public void A_stream_with_free_capacity_is_not_full_however_long_its_jobs_are()
    {
        var scene = new MachineScene();
        scene.Grant(3, Of("stream"));
        scene.Begin(1, 2, 3);

        scene.Advance(5);

        Assert.Empty(scene.Recalled);
        Assert.Equal(4U, scene.Exchange.Request.Slots);
    }

    [Fact]
    public void Jobs_that_a_stream_does_not_start_are_released_even_while_it_has_free_capacity()
    {
        var scene = new MachineScene();
        scene.Grant(1, Of("stream"));
        scene.Begin(1);
        scene.Grant(1, job => (job.Method, job.TimeLimit) = ("stream", WireTime.Of(TimeSpan.FromSeconds(2))));

        // For a minute, the method processes its first job and reads no others.
        for (var second = 0; second < 60; second++)
        {
            scene.Advance(1);
            foreach (var message in scene.InFlight)
                scene.Reply(message);
        }

        Assert.Null(scene.Exited);
        Assert.Equal([2], scene.Recalled);
    }

    [Fact]
    public void A_suspect_waits_until_a_batch_call_has_returned_R10()
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(4, Of("batch"));
        scene.Advance(0.02);
        for (var job = 1UL; job <= 4; job++)
            scene.End(job);

        scene.Grant(1, job => job.Isolated = true);
        var beside = scene.Run;
        scene.Handle(new WorkerEvent.CallReturned(0));
        scene.Wake();

        Assert.Equal(["1 2 3 4"], scene.Batches);
        Assert.Empty(beside);
        Assert.Equal([5], scene.Run);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("batch")]
    public void Suspects_that_were_granted_together_run_together_and_without_other_jobs_R10(string method)
    {
        var scene = new MachineScene(slots: 2);
        scene.Grant(1);

        scene.Grant(3, job => (job.Method, job.Isolated) = (method, true));
        var beside = scene.Steps.OfType<WorkerStep.RunBatch>().Count() + scene.Run.Count;
        scene.End(1);
        var together = scene
            .Steps.OfType<WorkerStep.RunBatch>()
            .SelectMany(s => s.Jobs)
            .Concat(scene.Steps.OfType<WorkerStep.Run>().Select(s => s.Job))
            .Select(job => (ulong)job.Lease.Job.Value);

        Assert.Equal(1, beside);
        Assert.Equal([1UL, 2UL, 3UL, 4UL], together.Order());
    }

    [Fact]
    public void A_drain_releases_jobs_that_the_stream_has_not_started_and_waits_for_the_rest()
    {
        var scene = new MachineScene();
        scene.Grant(3, Of("stream"));
        scene.Begin(1);

        scene.Handle(new WorkerEvent.DrainRequested("SIGTERM."));
        scene.Wake();
        // Job 2 starts just as it is being recalled, so it runs to completion.
        scene.Begin(2);
        scene.End(3, Kind.Released);
        var early = scene.Exited;
        scene.End(1);
        scene.End(2);
        while (scene.Exited is null)
            foreach (var message in scene.InFlight)
                scene.Reply(message);

        Assert.Equal([2, 3], scene.Recalled);
        Assert.Null(early);
        Assert.Equal(
            ["1 Succeeded", "2 Succeeded", "3 Released"],
            scene.Sent.SelectMany(m => m.Request.Outcomes).Select(o => $"{o.Lease.Job} {o.Kind}").Distinct().Order()
        );
    }

    [Fact]
    public void A_suspect_waits_until_the_stream_is_empty_and_assigned_jobs_are_released()
    {
        var scene = new MachineScene();
        scene.Grant(2, Of("stream"));
        scene.Begin(1);

        scene.Grant(1, job => (job.Method, job.Isolated) = ("stream", true));
        scene.End(2, Kind.Released);
        var beside = scene.Run;
        scene.End(1);

        Assert.Equal([2], scene.Recalled);
        Assert.Equal([1, 2], beside);
        Assert.Equal([1, 2, 3], scene.Run);
    }

    [Fact]
    public void An_assigned_job_with_a_stop_request_is_cancelled_without_running()
    {
        var scene = new MachineScene();
        scene.Grant(1, Of("stream"));

        scene.Reply(
            scene.Exchange,
            reply => reply.StopRequests.Add(new StopRequest(MachineScene.Token(1), Reason.Cancel))
        );
        scene.End(1, Kind.Released);

        Assert.Equal([1], scene.Cancelled);
        Assert.Equal("1 Cancelled", MachineScene.Outcomes(scene.Report));
    }

    [Fact]
    public void Two_slots_share_the_jobs_of_a_stream_evenly()
    {
        var scene = new MachineScene(slots: 2);

        scene.Grant(6, Of("stream"));

        Assert.Equal([0, 1, 0, 1, 0, 1], scene.Steps.OfType<WorkerStep.Run>().Select(run => run.Slot));
        Assert.Equal(8U, scene.Exchange.Request.Slots);
    }

    [Fact]
    public void A_stream_prefetches_50_ms_of_short_jobs_one_longer_job_for_each_running_one_and_no_long_jobs()
    {
        var scene = new MachineScene();
        foreach (var (seconds, least, most) in new[] { (0.004, 45U, 55U), (0.1, 4U, 4U), (1.0, 0U, 0U), (5.0, 0U, 0U) })
        {
            for (var i = 0; i < 200; i++)
            {
                var job = scene.Grant(1, Of("stream"))[0];
                scene.Begin(job);
                scene.Advance(seconds);
                scene.End(job);
                scene.ReplyToReports();
                if (i < 199)
                    continue;
                scene.Reply(scene.Exchange);
                Assert.InRange(scene.Exchange.Request.Prefetch, least, most);
            }
        }
    }

    [Fact]
    public void A_batch_starts_when_it_is_full_and_the_next_one_after_its_call_has_returned()
    {
        var scene = new MachineScene();
        scene.Grant(3, Of("batch"));
        var asked = scene.Exchange.Request.Slots;
        scene.Grant(5, Of("batch"));
        var first = scene.Batches;

        foreach (var job in new ulong[] { 1, 2, 3, 4 })
            scene.End(job);
        var ended = scene.Batches;
        scene.Handle(new WorkerEvent.CallReturned(0));
        scene.Wake();

        Assert.Equal(4U, asked);
        Assert.Equal(["1 2 3 4"], first);
        Assert.Equal(["1 2 3 4"], ended);
        Assert.Equal(["1 2 3 4", "5 6 7 8"], scene.Batches);
    }

    [Fact]
    public void An_incomplete_batch_starts_when_its_first_job_has_waited_long_enough()
    {
        var scene = new MachineScene();
        scene.Grant(2, Of("batch"));

        scene.Advance(0.009);
        var early = scene.Batches;
        scene.Advance(0.001);

        Assert.Empty(early);
        Assert.Equal(["1 2"], scene.Batches);
    }

    [Fact]
    public void While_a_batch_is_being_collected_other_jobs_use_the_slot()
    {
        var scene = new MachineScene();
        scene.Grant(1, Of("batch"));

        scene.Grant();
        scene.Advance(0.02);
        var single = (scene.Run, scene.Batches.Count);
        scene.End(2);

        Assert.Equal([2], single.Run);
        Assert.Equal(0, single.Count);
        Assert.Equal(["1"], scene.Batches);
    }
}
