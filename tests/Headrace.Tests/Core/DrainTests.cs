using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class DrainTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_drain_request_reaches_the_worker_immediately_and_ends_its_claims_R12()
    {
        var worker = _scene.Join("w1");
        Assert.Null(worker.Reply);

        _scene.Ask<Response.Acknowledged>(new Command.Drain(worker.Self, TimeSpan.Zero));
        Assert.True(worker.Answered.Drain);
        var job = _scene.Submit();
        worker.Exchange();

        Assert.Equal(JobState.Ready, _scene.Job(job).Status.State);
    }

    [Fact]
    public void The_drain_of_a_worker_is_published_once()
    {
        var requested = _scene.Join("w1");
        _scene.Ask<Response.Acknowledged>(new Command.Drain(requested.Self, TimeSpan.Zero));
        _scene.Ask<Response.Acknowledged>(new Command.Drain(requested.Self, TimeSpan.Zero));
        requested.Exchange([], [], draining: true);
        var reporting = _scene.Join("w2");
        _scene.Submit();
        var held = SceneWorker.Holding(reporting.Lease);
        reporting.Exchange([held], [], draining: true);
        reporting.Exchange([held], [], draining: true);

        Assert.Equal(
            [requested.Self, reporting.Self],
            _scene.Effects.OfType<Effect.WorkerDraining>().Select(effect => effect.Worker)
        );
    }

    [Fact]
    public void A_draining_worker_finishes_the_jobs_that_it_holds()
    {
        var worker = _scene.Join("w1");
        var job = _scene.Submit();
        var lease = worker.Lease;

        _scene.Ask<Response.Acknowledged>(new Command.Drain(worker.Self, TimeSpan.Zero));

        Assert.Equal(JobState.Running, _scene.Job(job).Status.State);
        Assert.Equal(AckStatus.Recorded, worker.Succeed(lease).Acks[0].Verdict);
    }

    [Fact]
    public void A_worker_that_received_work_in_the_meantime_is_not_drained()
    {
        var worker = _scene.Join("w1");
        _scene.Advance(TimeSpan.FromSeconds(20));
        _scene.Submit();

        var rejected = _scene.Ask<Response.Rejected>(
            new Command.Drain(worker.Self, IfIdleFor: TimeSpan.FromSeconds(10))
        );
        var lease = worker.Lease;
        worker.Succeed(lease);

        Assert.Contains("no longer idle", rejected.Rejection.Detail, StringComparison.Ordinal);
        // The worker is idle again, but it has not been idle for 10 s yet.
        _scene.Ask<Response.Rejected>(new Command.Drain(worker.Self, IfIdleFor: TimeSpan.FromSeconds(10)));
        _scene.Advance(TimeSpan.FromSeconds(10));
        _scene.Ask<Response.Acknowledged>(new Command.Drain(worker.Self, IfIdleFor: TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_draining_worker_without_jobs_leaves_the_list_immediately()
    {
        var worker = _scene.Join("w1");

        worker.Exchange([], [], draining: true);

        Assert.Null(worker.Answered.TerminateReason);
        Assert.Empty(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items);
        Assert.Contains(_scene.Effects, effect => effect is Effect.WorkerDisconnected { Reason: "drained" });
        Assert.NotNull(worker.Exchange([], [], draining: true)!.TerminateReason);
    }

    [Fact]
    public void A_draining_worker_leaves_the_list_with_the_outcome_of_its_last_job()
    {
        var worker = _scene.Join("w1", slots: 2);
        _scene.Submit();
        var first = worker.Lease;
        worker.Exchange(SceneWorker.Holding(first));
        _scene.Submit();
        var second = worker.Lease;
        worker.Exchange([SceneWorker.Holding(first), SceneWorker.Holding(second)], [], draining: true);

        worker.Succeed(first);
        Assert.Single(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items);
        Assert.Equal(AckStatus.Recorded, worker.Succeed(second).Acks[0].Verdict);

        Assert.Empty(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items);
        Assert.Null(worker.Answered.TerminateReason);
    }

    [Fact]
    public void A_draining_worker_that_may_resume_a_job_stays_in_the_list_R11()
    {
        var worker = _scene.Join("w1", slots: 2);
        _scene.Do([Submission(), Submission()]);
        var leases = worker.Answered.Leases.Select(row => new LeaseToken(row.Id, row.Status.Attempt)).ToList();
        worker.Exchange([.. leases.Select(lease => SceneWorker.Holding(lease))], [], draining: true);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        worker.Succeed(leases[0]);
        worker.Exchange([SceneWorker.Holding(leases[1])], [], draining: true);

        Assert.Equal(JobState.Running, _scene.Job(leases[1].Job).Status.State);
        worker.Succeed(leases[1]);
        Assert.Empty(_scene.Ask<Response.Workers>(new Command.ListWorkers()).Items);
    }

    [Fact]
    public void An_incarnation_that_has_exited_cannot_be_drained() =>
        _scene.Ask<Response.NotLive>(
            new Command.Drain(new LeaseHolder(new WorkerName("w9"), new Incarnation(9)), TimeSpan.Zero)
        );

    [Fact]
    public void A_registered_method_accepts_jobs_before_a_worker_offers_it_R22()
    {
        _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("sha512"), 1, "{}")]));
        Assert.Contains(_scene.Changes, change => change is RowChange.MethodPut { Row.Version: 1 });
        var job = _scene.Submit("sha512");
        _scene.Advance(TimeSpan.FromSeconds(7));

        var demand = Assert.Single(_scene.Ask<Response.Demand>(new Command.ListDemand()).Lanes);
        _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("sha512"), 1, """{"type":"object"}""")]));

        Assert.Equal((new MethodRef(new MethodName("sha512"), 0), 1), (demand.Method, demand.Ready));
        Assert.InRange(demand.Oldest.TotalSeconds, 6.8, 7.0);
        Assert.Equal(JobState.Ready, _scene.Job(job).Status.State);
        Assert.DoesNotContain(_scene.Changes, change => change is RowChange.MethodPut);
    }

    [Fact]
    public void The_longest_wait_is_reported_whatever_the_order_of_service()
    {
        _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]));
        var old = _scene.Submit(with: spec => spec with { Priority = -9 });
        _scene.Advance(TimeSpan.FromSeconds(60));
        for (var i = 0; i < 50; i++)
            _scene.Submit();

        Assert.InRange(Oldest(), 59.8, 60.0);
        _scene.Do(new Command.Cancel(old));
        Assert.InRange(Oldest(), -0.2, 0.2);

        double Oldest() => _scene.Ask<Response.Demand>(new Command.ListDemand()).Lanes[0].Oldest.TotalSeconds;
    }

    /// <summary>If the wait became longer, all pools would grow when a machine resumed after three days.</summary>
    [Fact]
    public void A_forward_step_of_the_clock_that_is_not_confirmed_does_not_lengthen_a_wait_R20()
    {
        _scene.Do(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]));
        _scene.Submit();
        _scene.Advance(TimeSpan.FromSeconds(7));

        _scene.StepClock(TimeSpan.FromDays(3));
        Assert.InRange(Oldest("default"), 6.8, 7.0);

        _scene.Submit(with: spec => spec with { Queue = new QueueName("later") });
        _scene.Advance(TimeSpan.FromSeconds(5));
        Assert.InRange(Oldest("default"), 11.8, 12.0);
        Assert.InRange(Oldest("later"), 4.8, 5.0);

        double Oldest(string queue) =>
            _scene
                .Ask<Response.Demand>(new Command.ListDemand())
                .Lanes.Single(lane => lane.Queue.Text == queue)
                .Oldest.TotalSeconds;
    }

    private static Command.Submit Submission() =>
        new([
            new NewJob(
                new JobSpec
                {
                    Queue = QueueName.Default,
                    Method = new MethodName("noop"),
                    Owner = "admin",
                },
                default
            ),
        ]);
}
