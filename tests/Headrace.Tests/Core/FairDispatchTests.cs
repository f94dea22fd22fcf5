using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that jobs are assigned to the workers that may run them, in the order of service. The tests cover method
/// versions, the order of claims, and the isolation of suspects.
/// </summary>
public sealed class FairDispatchTests
{
    private readonly BrokerScene _scene = new();

    public static TheoryData<string> WaysToLeave => ["asked to drain", "draining", "terminated"];

    [Theory]
    [MemberData(nameof(WaysToLeave))]
    public void A_version_that_only_leaving_workers_offer_is_not_the_highest_offered_R22(string way)
    {
        var old = _scene.Join("w1", 1, 0, "noop@1");
        var leaving = _scene.Join("w2", 1, 0, "noop@2");
        var held = new LeaseToken(_scene.Submit("noop@2"), 1);
        Leave(leaving, held, way);

        var job = _scene.Submit();

        Assert.Equal(new LeaseToken(job, 1), old.Lease);
        Assert.Equal(1, _scene.Job(job).Status.RanVersion);
        Assert.Equal(
            [1, 0],
            _scene.Ask<Response.Methods>(new Command.ListMethods(default)).Items.Select(method => method.Workers)
        );
    }

    [Fact]
    public void The_offers_of_a_drained_worker_stay_withdrawn_when_it_reconnects_R22()
    {
        var worker = _scene.Join("w1", 1, 0, "noop@2");
        var held = new LeaseToken(_scene.Submit(), 1);
        Leave(worker, held, "asked to drain");
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        worker.Exchange(SceneWorker.Holding(held));

        Assert.Equal(JobState.Running, _scene.Job(held.Job).Status.State);
        Assert.True(worker.Answered.Drain);
        Assert.Equal(0, Assert.Single(_scene.Ask<Response.Methods>(new Command.ListMethods(default)).Items).Workers);
    }

    [Fact]
    public void A_different_loss_policy_is_rejected_while_a_draining_worker_runs_jobs_under_the_old_one_R22()
    {
        var worker = _scene.Join("w1");
        var held = new LeaseToken(_scene.Submit(), 1);
        Leave(worker, held, "draining");

        var other = new SceneWorker(_scene, "w2", 1, 0, ["noop@1"]) { Loss = new LossPolicy { MaxLostLeases = 9 } };

        Assert.Contains("maxLostLeases is 9 instead of 5", other.Exchange()!.TerminateReason, StringComparison.Ordinal);
    }

    [Fact]
    public void Leases_arrive_in_the_order_of_their_claims_R19()
    {
        var worker = _scene.Join("w1", slots: 1, prefetch: 2);
        _scene.Do([New(), New(), New()]);
        var leases = worker.Answered.Leases.Select(row => new LeaseToken(row.Id, 1)).ToList();
        worker.Exchange([.. leases.Select(lease => SceneWorker.Holding(lease))]);

        _scene.Do([New(), New(9), New(), New(5)]);
        worker.Exchange([], [.. leases.Select(lease => new Outcome(lease, OutcomeKind.Succeeded))]);

        Assert.Equal([9, 5, 0], worker.Answered.Leases.Select(row => row.Spec.Priority));
    }

    [Fact]
    public void A_repeated_reply_lists_the_leases_in_the_same_order_R6_R19()
    {
        _scene.Join("w0", slots: 0);
        _scene.Do([New(queue: "a"), New(queue: "a"), New(queue: "a"), New(queue: "b"), New(queue: "b")]);
        var worker = _scene.Join("w1", slots: 1, prefetch: 4);
        var order = worker.Answered.Leases.Select(row => row.Id).ToList();
        Assert.Equal("a,b,a,b,a", string.Join(',', worker.Answered.Leases.Select(row => row.Spec.Queue)));

        worker.Exchange([], [], repeat: true);
        Assert.Equal(order, worker.Answered.Leases.Select(row => row.Id));

        _scene.Restart();
        worker.Exchange([], [], repeat: true);
        // The claim order is not stored, so the restart loses the order across lanes. Within a lane, the order of
        // service is unchanged.
        Assert.Equal(order.Order(), worker.Answered.Leases.Select(row => row.Id));
    }

    [Fact]
    public void A_suspect_waits_for_a_worker_without_jobs_and_does_not_block_free_slots_R10()
    {
        var (busy, suspect) = BusyWorkerAndSuspect();

        var newer = _scene.Submit();
        Assert.Equal(newer, busy.Lease.Job);
        Assert.Equal(JobState.Ready, _scene.Job(suspect).Status.State);
        var idle = _scene.Join("w3", slots: 8);

        Assert.Equal(suspect, idle.Lease.Job);
    }

    [Fact]
    public void After_its_patience_a_suspect_is_assigned_to_the_worker_that_holds_the_fewest_jobs_R10()
    {
        var busier = _scene.Join("w1", slots: 8);
        var busy = _scene.Join("w2", slots: 8);
        var crashing = _scene.Join("w3", slots: 1);
        // In the first round, w1, w2 and w3 receive one job each. After that, w1 and w2 alternate, so w1 holds three
        // jobs and w2 holds two.
        _scene.Do([New(), New(), New(), New(), New(), New()]);
        Assert.Equal((3, 2), (HeldBy(busier).Count, HeldBy(busy).Count));
        var suspect = crashing.Lease.Job;
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));
        Renew();
        Assert.Equal(JobState.Ready, _scene.Job(suspect).Status.State);

        for (var second = 0; second < 29; second++)
        {
            _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
            Renew();
        }
        Assert.Equal(JobState.Ready, _scene.Job(suspect).Status.State);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        Renew();

        Assert.Equal(busy.Self, _scene.Job(suspect).Status.Holder);
        Assert.Equal(JobState.Running, _scene.Job(suspect).Status.State);
        // The worker receives no other job until the suspect has ended.
        var next = _scene.Submit();
        Assert.Equal(busier.Self, _scene.Job(next).Status.Holder);

        void Renew()
        {
            foreach (var worker in new[] { busier, busy })
                if (worker.Reply is not null)
                    worker.Exchange([.. HeldBy(worker).Select(lease => SceneWorker.Holding(lease))]);
        }
    }

    [Fact]
    public void A_batch_claims_at_most_1000_jobs_and_the_next_follows_at_once_R3()
    {
        _scene.Join("w0", slots: 0);
        _scene.Do(Enumerable.Range(0, 1_500).Select(_ => New()));
        var workers = Enumerable.Range(1, 2).Select(i => new SceneWorker(_scene, $"w{i}", 900, 0, ["noop@1"])).ToList();

        _scene.Do(workers.Select(worker => worker.Message(1, [], [])));

        Assert.Equal(1_000, workers.Sum(worker => HeldBy(worker).Count));
        Assert.Equal(default(Elapsed), _scene.Broker.NextWakeUp().Elapsed);
        _scene.Do(new Command.Tick());
        Assert.NotEqual(default(Elapsed), _scene.Broker.NextWakeUp().Elapsed);
    }

    /// <summary>
    /// Returns a worker that has one job and seven free slots, and a suspect that another worker left behind.
    /// </summary>
    private (SceneWorker Busy, JobId Suspect) BusyWorkerAndSuspect()
    {
        var busy = _scene.Join("w1", slots: 8);
        var held = new LeaseToken(_scene.Submit(), 1);
        var crashing = _scene.Join("w2");
        var suspect = _scene.Submit();
        Assert.Equal(suspect, crashing.Lease.Job);
        _scene.Do(new Command.WorkerDied(crashing.Self, ExitKind.Signal));
        Assert.Null(busy.Exchange(SceneWorker.Holding(held)));
        return (busy, suspect);
    }

    private List<LeaseToken> HeldBy(SceneWorker worker) =>
        _scene.Broker.State.Workers.Current(worker.Self) is { } current
            ? [.. current.HeldJobs.Select(job => job.Lease)]
            : [];

    private void Leave(SceneWorker worker, LeaseToken held, string way)
    {
        switch (way)
        {
            case "asked to drain":
                _scene.Do(new Command.Drain(worker.Self, TimeSpan.Zero));
                break;
            case "draining":
                worker.Exchange([SceneWorker.Holding(held)], [], draining: true);
                break;
            default:
                _scene.Broker.State.Workers.Current(worker.Self)!.Terminate("A test ends it.");
                break;
        }
    }

    private static Command.Submit New(int priority = 0, string queue = "default") =>
        new([
            new NewJob(
                new JobSpec
                {
                    Queue = new QueueName(queue),
                    Method = new MethodName("noop"),
                    Owner = "admin",
                    Priority = priority,
                },
                default
            ),
        ]);
}
