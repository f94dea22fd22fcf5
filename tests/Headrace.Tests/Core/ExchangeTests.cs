using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ExchangeTests
{
    [Fact]
    public void A_parked_worker_receives_a_job_in_the_batch_that_submitted_it_R4()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        Assert.Null(worker.Reply);

        var id = scene.Submit();

        Assert.Equal(new LeaseToken(id, 1), worker.Lease);
        var row = Assert.Single(scene.Changes.OfType<RowChange.JobAdded>()).Row;
        Assert.Equal(
            (JobState.Running, 1, worker.Self, 1L),
            (row.Status.State, row.Status.Attempt, row.Status.Holder, row.Status.GrantedByExchange)
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_running_job_shows_its_start_as_its_worker_reports_it_or_else_the_time_of_the_report(bool says)
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        var id = scene.Submit();
        Assert.Null(scene.Ask<Response.Live>(new Command.GetJob(id, default)).Job.Started);
        scene.Advance(TimeSpan.FromSeconds(1));
        var (lease, reported, said) = (worker.Lease, scene.Now, new Instant(42_000_000));

        worker.Exchange(new HeldLease(lease, true, false, null, says ? said : null));
        scene.Advance(TimeSpan.FromSeconds(1));
        worker.Exchange(new HeldLease(lease, true, false, null, new Instant(43_000_000)));

        Assert.Equal(
            says ? said : reported,
            scene.Ask<Response.Live>(new Command.GetJob(id, default)).Job.Started
        );
    }

    [Fact]
    public void Grants_never_exceed_slots_and_prefetch_R7()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1", slots: 2, prefetch: 1);

        scene.Do(Enumerable.Range(0, 10).Select(_ => New()));

        Assert.Equal(3, worker.Answered.Leases.Count);
    }

    [Fact]
    public void Free_slots_of_all_workers_are_filled_before_any_prefetch()
    {
        var scene = new BrokerScene();
        var first = scene.Join("w1", slots: 1, prefetch: 10);
        var second = scene.Join("w2", slots: 1, prefetch: 10);

        scene.Do([New(), New()]);

        Assert.Single(first.Answered.Leases);
        Assert.Single(second.Answered.Leases);
    }

    [Fact]
    public void Prefetch_is_refilled_when_half_of_it_is_free_and_a_free_slot_immediately_R7()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1", slots: 1, prefetch: 8);
        scene.Do(Enumerable.Range(0, 100).Select(_ => New()));
        var held = worker.Answered.Leases.Select(row => new LeaseToken(row.Id, row.Status.Attempt)).ToList();
        Assert.Equal(9, held.Count);
        Assert.Null(worker.Exchange([.. held.Select(lease => SceneWorker.Holding(lease))]));

        foreach (var lease in held.Take(3))
            worker.Succeed(lease);
        Assert.Null(worker.Reply);
        worker.Succeed(held[3]);

        Assert.Equal(4, worker.Answered.Leases.Count);
    }

    [Fact]
    public void Priority_is_strict_and_older_jobs_go_first_within_it_R19()
    {
        var scene = new BrokerScene();
        scene.Join("w0", slots: 0);
        var low = scene.Submit(with: s => s with { Priority = -1 });
        var old = scene.Submit();
        scene.Advance(TimeSpan.FromSeconds(1));
        var newer = scene.Submit();
        var high = scene.Submit(with: s => s with { Priority = 7 });

        var worker = scene.Join("w1", slots: 4);

        Assert.Equal([high, old, newer, low], worker.Answered.Leases.Select(lease => lease.Id));
    }

    [Fact]
    public void Lanes_with_heads_of_equal_priority_take_turns_R19()
    {
        var scene = new BrokerScene();
        scene.Join("w0", slots: 0);
        scene.Do(Enumerable.Range(0, 6).Select(i => New(i < 4 ? "a" : "b")));

        var worker = scene.Join("w1", slots: 4);

        Assert.Equal(2, worker.Answered.Leases.Count(l => l.Spec.Queue.Text == "a"));
        Assert.Equal(2, worker.Answered.Leases.Count(l => l.Spec.Queue.Text == "b"));
    }

    [Fact]
    public void A_lost_reply_is_repeated_for_the_same_number_and_claims_nothing_new_R6()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1", slots: 2);
        var first = scene.Submit();
        Assert.Equal(first, worker.Lease.Job);
        scene.Submit();

        worker.Exchange([], [], repeat: true);

        Assert.Equal(
            [new LeaseToken(first, 1)],
            worker.Answered.Leases.Select(l => new LeaseToken(l.Id, l.Status.Attempt))
        );
    }

    [Fact]
    public void A_lease_missing_from_the_next_list_is_requeued_without_using_a_retry_R6()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1", slots: 0);
        var id = scene.Submit();
        var other = scene.Join("w2");
        Assert.Equal(id, other.Lease.Job);

        other.Exchange();

        Assert.Equal(
            (2, 0, 0, 0),
            (
                scene.Job(id).Status.Attempt,
                scene.Job(id).Status.Failures,
                scene.Job(id).Status.WorkerCrashes,
                scene.Job(id).Status.LostLeases
            )
        );
        Assert.Equal(new LeaseToken(id, 2), other.Lease);
        Assert.Null(worker.Reply);
    }

    [Fact]
    public void A_finished_lease_on_the_list_is_not_requeued_while_its_outcome_is_in_flight_R6()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Submit();
        var lease = worker.Lease;

        worker.Exchange(SceneWorker.Holding(lease, finished: true));
        var ackStatus = worker.Succeed(lease).Acks.Single().Verdict;

        Assert.Equal(AckStatus.Recorded, ackStatus);
    }

    [Fact]
    public void An_older_number_is_ignored_R6()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Submit();
        var lease = worker.Lease;
        worker.Exchange(SceneWorker.Holding(lease));

        var late = scene.AnswerTo(scene.Do(worker.Message(1, [], [])));

        Assert.Empty(Assert.IsType<Response.Exchanged>(late).Leases);
        Assert.Equal(JobState.Running, scene.Job(lease.Job).Status.State);
        Assert.Null(worker.Reply);
    }

    [Fact]
    public void A_listed_lease_of_another_worker_is_revoked_once_R6_R12()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        var foreign = new LeaseToken(JobId.Of(0, 99), 1);

        Assert.Equal([foreign], worker.Exchange(SceneWorker.Holding(foreign))!.Revoked);

        Assert.Null(worker.Exchange(SceneWorker.Holding(foreign)));
    }

    [Fact]
    public void A_disconnected_caller_receives_no_grant_R7()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");

        scene.Broker.OnCallerDisconnected(worker.LastRequest);
        var id = scene.Submit();

        Assert.Equal(JobState.Ready, scene.Job(id).Status.State);
        Assert.Null(worker.Reply);
    }

    [Fact]
    public void An_exchange_with_outcomes_is_parked_like_any_other_and_acknowledges_them_in_its_reply_R7()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Submit();
        var lease = worker.Lease;

        var parked = worker.Exchange(
            [SceneWorker.Holding(lease, finished: true)],
            [new Outcome(lease, OutcomeKind.Succeeded)]
        );
        var ended = scene.Done(lease.Job);
        scene.Submit();

        Assert.Null(parked);
        Assert.Equal(JobState.Succeeded, ended.Job.Status.State);
        Assert.Equal((lease, AckStatus.Recorded), Assert.Single(worker.Answered.Acks));
        Assert.Single(worker.Answered.Leases);
    }

    [Theory]
    [InlineData(Limits.ParkedBytes, false, false)]
    [InlineData(Limits.ParkedBytes + 1, false, true)]
    [InlineData(1, true, true)]
    public void Large_results_and_the_outcomes_of_a_draining_worker_are_acknowledged_immediately_R7(
        int bytes,
        bool draining,
        bool isAnswered
    )
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Submit();
        var lease = worker.Lease;

        var reply = worker.Exchange(
            [SceneWorker.Holding(lease, finished: true)],
            [new Outcome(lease, OutcomeKind.Succeeded) { Result = new byte[bytes] }],
            draining: draining
        );

        Assert.Equal(isAnswered, reply is not null);
    }

    [Fact]
    public void A_park_ends_after_a_third_of_the_lease_R7()
    {
        var scene = new BrokerScene(new BrokerOptions { Lease = TimeSpan.FromSeconds(9) });
        var worker = scene.Join("w1");

        scene.AdvanceAndTick(TimeSpan.FromSeconds(3));

        Assert.Empty(worker.Answered.Leases);
    }

    [Fact]
    public void A_worker_of_another_store_is_terminated_and_its_outcomes_are_dropped_R9()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        scene.Submit();
        var lease = worker.Lease;
        worker.Store = new StoreId("store-b");

        var reply = worker.Exchange([], [new Outcome(lease, OutcomeKind.Succeeded)]);

        Assert.Contains("store-a", reply!.TerminateReason, StringComparison.Ordinal);
        Assert.Empty(reply.Acks);
        Assert.Equal(JobState.Running, scene.Job(lease.Job).Status.State);
    }

    [Fact]
    public void A_draining_worker_receives_no_further_leases()
    {
        var scene = new BrokerScene();
        var worker = scene.Join("w1");
        worker.Exchange([], [], draining: true);

        var id = scene.Submit();

        Assert.Equal(JobState.Ready, scene.Job(id).Status.State);
    }

    [Fact]
    public void A_job_without_a_version_runs_as_the_highest_version_offered_R22()
    {
        var scene = new BrokerScene();
        var old = scene.Join("w1", slots: 5, methods: ["noop@1"]);
        var newer = scene.Join("w2", slots: 5, methods: ["noop@2"]);

        scene.Submit();
        scene.Submit("noop@1");

        Assert.Equal(2, newer.Answered.Leases.Single().Status.RanVersion);
        Assert.Equal(1, old.Answered.Leases.Single().Status.RanVersion);
    }

    [Fact]
    public void The_same_version_with_a_different_schema_is_rejected_naming_the_field_R22()
    {
        var scene = new BrokerScene();
        scene.Join("w1").Schema = "{}";
        var second = new SceneWorker(scene, "w2", 1, 0, ["noop@1"]) { Schema = """{"type":"object"}""" };

        var reply = second.Exchange();

        Assert.Contains("$.type was added", reply!.TerminateReason, StringComparison.Ordinal);
        Assert.Contains("noop@2", reply.TerminateReason, StringComparison.Ordinal);
        Assert.Equal(1, scene.Broker.State.Workers.Count);
    }

    private static Command.Submit New(string queue = "default") =>
        new([
            new NewJob(
                new JobSpec
                {
                    Queue = new QueueName(queue),
                    Method = new MethodName("noop"),
                    Owner = "admin",
                },
                default
            ),
        ]);
}
