using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Tests that a job that takes several slots occupies all of them in the worker, and that jobs start in order. A job of
/// the method "wide" takes 3 slots, and a job of any other method takes 2. The stream processes up to 4 jobs
/// concurrently, and a batch contains up to 4.
/// </summary>
public sealed class WideMethodTests
{
    private static Action<LeasedJob> Of(string method) => job => job.Method = method;

    private static MachineScene Scene(int slots) =>
        new(
            slots,
            more:
            [
                (Offer("wide", 3), Shape.Single),
                (Offer("wide-stream", 2), new Shape(ShapeKind.Stream, 4, TimeSpan.Zero)),
                (Offer("wide-batch", 2), new Shape(ShapeKind.Batch, 4, TimeSpan.Zero)),
            ]
        );

    private static Offer Offer(string method, uint slots) =>
        new()
        {
            Method = method,
            Version = 1,
            Schema = "{}",
            Slots = slots,
        };

    [Fact]
    public void A_job_starts_when_all_its_slots_are_free_and_the_jobs_behind_it_wait_R19()
    {
        var scene = Scene(slots: 4);
        scene.Grant(2);
        scene.Grant(1, Of("wide"));
        scene.Grant(1);
        Assert.Equal([1, 2], scene.Run);

        scene.End(1);

        Assert.Equal([1, 2, 3, 4], scene.Run);
    }

    [Fact]
    public void No_other_job_runs_in_the_slots_of_a_job_before_it_ends()
    {
        var scene = Scene(slots: 4);
        scene.Grant(1, Of("wide"));
        scene.Grant(2);
        Assert.Equal([1, 2], scene.Run);

        scene.End(1);
        scene.Grant(3);

        Assert.Equal([1, 2, 3, 4, 5], scene.Run);
    }

    [Fact]
    public void A_waiting_job_that_needs_more_slots_is_released_when_no_job_ends_for_a_second()
    {
        var scene = Scene(slots: 4);
        scene.Grant(2);
        scene.Grant(1, Of("wide"));

        scene.Advance(0.9);
        Assert.Equal("", string.Concat(scene.Reports.Select(MachineScene.Outcomes)));
        scene.ReplyToReports();
        scene.Advance(0.2);

        Assert.Equal("3 Released", MachineScene.Outcomes(scene.Report));
    }

    [Fact]
    public void A_stream_shares_its_slots_and_reports_them_once_for_each_concurrent_job_R7()
    {
        var scene = Scene(slots: 3);

        scene.Grant(4, Of("wide-stream"));

        Assert.Equal([1, 2, 3, 4], scene.Run);
        Assert.Equal([0], scene.Steps.OfType<WorkerStep.Run>().Select(step => step.Slot).Distinct());
        // Two slots with four jobs each, and one free slot.
        Assert.Equal(9U, scene.Exchange.Request.Slots);
    }

    [Fact]
    public void A_stream_does_not_make_a_worker_seem_large_enough_for_a_wider_job_R22()
    {
        var scene = Scene(slots: 2);

        scene.Grant(4, Of("wide-stream"));

        Assert.Equal(2U, scene.Exchange.Request.Slots);
    }

    [Fact]
    public void Free_places_of_a_stream_are_reported_as_shared_because_a_wider_job_cannot_take_them_R7()
    {
        var scene = Scene(slots: 4);
        Assert.Equal((4U, 0U), Reported());

        // The stream's slot has four places, one of which is occupied. The other three slots are free.
        scene.Grant(1, Of("stream"));
        Assert.Equal((7U, 3U), Reported());

        // The job takes the three free slots. Only the stream's three free places remain.
        scene.Grant(1, Of("wide"));
        Assert.Equal((7U, 3U), Reported());

        (uint Slots, uint Shared) Reported() => (scene.Exchange.Request.Slots, scene.Exchange.Request.SharedSlots);
    }

    [Fact]
    public void A_worker_without_methods_of_several_slots_reports_no_shared_slots()
    {
        var scene = new MachineScene(slots: 2);

        scene.Grant(1, Of("stream"));

        Assert.Equal((5U, 0U), (scene.Exchange.Request.Slots, scene.Exchange.Request.SharedSlots));
    }

    [Fact]
    public void The_slots_of_a_stream_are_free_when_its_jobs_have_ended()
    {
        var scene = Scene(slots: 3);
        scene.Grant(2, Of("wide-stream"));
        scene.Begin(1, 2);
        scene.End(1);
        scene.Grant(1, Of("wide"));
        Assert.Equal([1, 2], scene.Run);

        scene.End(2);

        Assert.Equal([1, 2, 3], scene.Run);
    }

    [Fact]
    public void A_batch_occupies_its_slots_until_its_call_returns()
    {
        var scene = Scene(slots: 3);
        scene.Grant(2, Of("wide-batch"));
        scene.Grant(1, Of("wide"));
        Assert.Equal(["1 2"], scene.Batches);

        scene.End(1);
        scene.End(2);
        Assert.Empty(scene.Run);
        scene.Handle(new WorkerEvent.CallReturned(0));
        scene.Wake();

        Assert.Equal([3], scene.Run);
    }

    [Fact]
    public void A_job_that_is_cancelled_frees_all_its_slots()
    {
        var scene = Scene(slots: 3);
        scene.Grant(1, Of("wide"));
        scene.Grant(3);

        scene.End(1, Kind.Cancelled);

        Assert.Equal([1, 2, 3, 4], scene.Run);
    }
}
