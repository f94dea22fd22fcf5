using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class WorkerLifeTests
{
    private readonly BrokerScene _scene = new(new BrokerOptions { Lease = TimeSpan.FromSeconds(30) });

    [Fact]
    public void Jobs_of_a_crashed_worker_are_reassigned_in_the_batch_that_reports_the_crash()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var other = _scene.Join("w2");

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.Equal(new LeaseToken(id, 2), other.Lease);
        Assert.Contains(_scene.Changes, c => c is RowChange.WorkerRemoved);
    }

    [Fact]
    public void The_reported_exit_of_an_older_incarnation_changes_nothing()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();

        _scene.Do(new Command.WorkerDied(worker.Self with { Incarnation = new Incarnation(77) }, ExitKind.Signal));

        Assert.Equal(JobState.Running, _scene.Job(id).Status.State);
    }

    [Fact]
    public void A_worker_that_sends_no_messages_loses_its_leases_when_they_expire_and_not_before_R8()
    {
        _scene.Join("w1");
        var id = _scene.Submit();

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(29));
        Assert.Equal(JobState.Running, _scene.Job(id).Status.State);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal(JobState.Ready, _scene.Job(id).Status.State);
    }

    [Fact]
    public void A_delayed_duplicate_of_a_join_does_not_register_a_replaced_incarnation_again_R9()
    {
        var replaced = _scene.Join("w1");
        _scene.Submit();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        _scene.Join("w1", slots: 0);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        // The current incarnation has not sent anything for one lease period, either. The scene checks the invariants.
        var reply = replaced.Exchange([], [], repeat: true);

        Assert.Contains("already ended", reply?.TerminateReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_with_an_expired_lease_is_resumed_after_a_restart_within_its_reservation_R11()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        var lease = worker.Lease;
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        Assert.Equal(JobState.Ready, _scene.Job(id).Status.State);

        _scene.Restart();
        worker.Exchange(SceneWorker.Holding(lease));

        // The scene checks the invariants after every step. An earlier version of the broker did not count the capacity
        // that this job uses.
        Assert.Equal((JobState.Running, 1), (_scene.Job(id).Status.State, _scene.Job(id).Status.Attempt));
    }

    [Fact]
    public void A_report_renews_the_lease_R8()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(20));
        worker.Report();

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(20));

        Assert.Equal(JobState.Running, _scene.Job(id).Status.State);
    }

    [Fact]
    public void A_worker_with_a_name_in_use_is_terminated_R9()
    {
        _scene.Join("w1");

        var second = _scene.Join("w1");

        Assert.Contains("another incarnation", second.Answered.TerminateReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_successor_that_observed_the_exit_of_its_predecessor_takes_the_name_and_the_leases_are_requeued_R9()
    {
        var first = _scene.Join("w1");
        var id = _scene.Submit();
        var second = new SceneWorker(_scene, "w1", 1, 0, ["noop@1"]);

        second.Exchange([], [], new Predecessor(first.Self.Incarnation, ExitKind.Signal));

        Assert.Equal(new LeaseToken(id, 2), second.Lease);
    }

    [Fact]
    public void A_name_without_messages_for_one_lease_is_free_R9()
    {
        _scene.Join("w1");
        _scene.Advance(TimeSpan.FromSeconds(30));

        var second = _scene.Join("w1");

        Assert.Null(second.Reply);
        Assert.Equal(second.Self, _scene.Broker.State.Workers.All.Single().Identity);
    }

    [Fact]
    public void A_rejected_worker_leaves_the_name_to_its_disconnected_owner_R9()
    {
        var disconnected = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Advance(TimeSpan.FromSeconds(30));

        var refused = new SceneWorker(_scene, "w1", 1, 0, ["noop@1"])
        {
            Schema = """{"properties":{"n":{"type":"integer"}}}""",
        };
        refused.Exchange();
        disconnected.Exchange(SceneWorker.Holding(lease));

        Assert.Contains("differs from the stored one", refused.Answered.TerminateReason, StringComparison.Ordinal);
        Assert.Contains(
            "@2. To try out changes, use a server that is started with --store memory,",
            refused.Answered.TerminateReason,
            StringComparison.Ordinal
        );
        Assert.Equal((JobState.Running, 1), (_scene.Job(lease.Job).Status.State, _scene.Job(lease.Job).Status.Attempt));
    }

    [Fact]
    public void A_worker_whose_leases_expired_may_reconnect_R8()
    {
        var worker = _scene.Join("w1");

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        Assert.Null(worker.Reply?.TerminateReason);
    }

    [Fact]
    public void An_exchange_of_an_exited_incarnation_is_answered_with_terminate_R9()
    {
        var worker = _scene.Join("w1");
        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.NotNull(worker.Exchange()!.TerminateReason);
    }

    [Fact]
    public void After_a_restart_running_jobs_stay_with_their_holder_for_one_lease_and_continue_R9()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.Restart();
        _scene.Advance(TimeSpan.FromSeconds(20));

        worker.Exchange(SceneWorker.Holding(lease));
        var ackStatus = worker.Succeed(lease).Acks.Single().Verdict;

        Assert.Equal(AckStatus.Recorded, ackStatus);
    }

    [Fact]
    public void After_a_restart_jobs_that_no_worker_lists_run_again_after_one_lease_R9()
    {
        _scene.Join("w1");
        var id = _scene.Submit();
        _scene.Restart();
        var other = _scene.Join("w2");

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(29));
        Assert.Equal(1, _scene.Job(id).Status.Attempt);
        other.Exchange();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));

        Assert.Equal(new LeaseToken(id, 2), other.Lease);
    }

    [Fact]
    public void After_a_restart_ready_jobs_are_dispatched_immediately_R9()
    {
        _scene.Join("w0", slots: 0);
        var id = _scene.Submit();
        _scene.Restart();

        Assert.Equal(id, _scene.Join("w1").Lease.Job);
    }

    [Fact]
    public void A_lease_granted_in_a_lost_reply_survives_a_restart_and_is_sent_again_R6()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        _scene.Restart();

        worker.Exchange([], [], repeat: true);

        Assert.Equal(new LeaseToken(id, 1), worker.Lease);
    }

    [Fact]
    public void A_repeat_after_a_restart_claims_nothing_new_R6()
    {
        var worker = _scene.Join("w1", slots: 3);
        var id = _scene.Submit();
        _scene.Join("w0", slots: 0);
        _scene.Restart();
        _scene.Submit();

        worker.Exchange([], [], repeat: true);

        Assert.Equal(new LeaseToken(id, 1), worker.Lease);
    }
}
