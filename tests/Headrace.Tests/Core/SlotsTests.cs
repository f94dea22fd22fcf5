using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests that capacity is counted in slots if jobs take several of them (R7, R22).</summary>
public sealed class SlotsTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_job_of_several_slots_occupies_them_until_it_ends_R7()
    {
        var worker = _scene.Join("w1", 4, 0, "train@1:3", "noop@1");
        var wide = new LeaseToken(_scene.Submit("train"), 1);
        Assert.Equal(wide, worker.Lease);
        worker.Exchange(SceneWorker.Holding(wide));

        _scene.Do([New(), New()]);
        var narrow = Assert.Single(worker.Answered.Leases);
        Assert.Equal((4, 4), InUse("w1"));

        worker.Exchange(SceneWorker.Holding(wide), SceneWorker.Holding(new LeaseToken(narrow.Id, 1)));
        worker.Succeed(wide);

        Assert.Single(worker.Answered.Leases);
        Assert.Equal((2, 4), InUse("w1"));
    }

    [Fact]
    public void Prefetch_is_counted_in_slots_R7()
    {
        _scene.Join("w0", 2, 0, "train@1:2");
        _scene.Do([New("train"), New("train"), New("train"), New("train")]);

        var worker = _scene.Join("w1", 2, 3, "train@1:2");

        Assert.Equal(2, worker.Answered.Leases.Count);
    }

    [Fact]
    public void Leases_occupy_the_same_slots_after_a_restart_R7()
    {
        var worker = _scene.Join("w1", 4, 0, "train@1:3", "noop@1");
        var wide = new LeaseToken(_scene.Submit("train"), 1);

        _scene.Restart();
        worker.Exchange(SceneWorker.Holding(wide));
        _scene.Do([New(), New()]);

        Assert.Equal((4, 4), InUse("w1"));
        Assert.Single(worker.Answered.Leases);
    }

    [Fact]
    public void A_lease_keeps_its_slots_when_the_method_changes_after_a_restart_R7()
    {
        var worker = _scene.Join("w1", 4, 0, "train@1:3");
        var wide = new LeaseToken(_scene.Submit("train"), 1);
        _scene.Restart();

        _scene.Join("w2", 4, 0, "train@1:2");

        Assert.Equal(3, _scene.Broker.State.Workers.Current(worker.Self)!.OccupiedSlots);
        worker.Succeed(wide);
        Assert.Equal(0, _scene.Broker.State.Workers.Current(worker.Self)!.OccupiedSlots);
    }

    [Fact]
    public void A_resumed_lease_occupies_its_slots_again_R11()
    {
        var worker = _scene.Join("w1", 4, 0, "train@1:3", "noop@1");
        var wide = new LeaseToken(_scene.Submit("train"), 1);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        worker.Exchange(SceneWorker.Holding(wide));

        Assert.Equal((3, 4), InUse("w1"));
    }

    [Fact]
    public void The_offer_of_a_worker_with_too_few_slots_does_not_count_R22()
    {
        var small = _scene.Join("w1", 2, 0, "train@2:4", "train@1:2");

        var job = _scene.Submit("train");

        Assert.Equal((job, 1), (small.Lease.Job, _scene.Job(job).Status.RanVersion));
        Assert.Equal(
            [(1, 2, 1), (2, 4, 0)],
            _scene
                .Ask<Response.Methods>(new Command.ListMethods(default))
                .Items.Select(method => (method.Version, method.Slots, method.Workers))
        );
    }

    [Fact]
    public void An_offer_counts_as_soon_as_its_worker_has_enough_slots_R22()
    {
        var worker = _scene.Join("w1", 2, 0, "train@1:4");
        var job = _scene.Submit("train");
        Assert.Null(worker.Reply);
        Assert.Equal(0, Assert.Single(_scene.Ask<Response.Methods>(new Command.ListMethods(default)).Items).Workers);

        var larger = new SceneWorker(_scene, "w1", 4, 0, ["train@1:4"]) { Self = worker.Self, Number = worker.Number };
        larger.Exchange();

        Assert.Equal(job, larger.Lease.Job);
    }

    [Fact]
    public void A_job_that_is_too_wide_for_a_worker_does_not_block_it_R19()
    {
        var small = _scene.Join("w1", 2, 0, "train@1:4", "noop@1");
        var wide = _scene.Submit("train", spec => spec with { Priority = 9 });

        var narrow = _scene.Submit();

        Assert.Equal(narrow, small.Lease.Job);
        Assert.Equal(
            "Each job of the method train takes 4 slots, but no running worker that offers it has more than 2. Start a "
                + "worker with at least 4 slots.",
            _scene.Ask<Response.Live>(new Command.GetJob(wide, default)).Explanation
        );
    }

    private (int InUse, int Slots) InUse(string worker)
    {
        var view = _scene.Ask<Response.Workers>(new Command.ListWorkers()).Items.Single(w => w.Name.Text == worker);
        return (view.SlotsInUse, view.Slots);
    }

    private static Command.Submit New(string method = "noop") =>
        new([
            new NewJob(
                new JobSpec
                {
                    Queue = QueueName.Default,
                    Method = new MethodName(method),
                    Owner = "admin",
                },
                default
            ),
        ]);
}
