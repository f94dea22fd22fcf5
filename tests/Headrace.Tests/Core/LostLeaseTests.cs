using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class LostLeaseTests
{
    private readonly BrokerScene _scene = new(
        new BrokerOptions { Lease = TimeSpan.FromSeconds(30), EvictAfter = TimeSpan.FromMinutes(10) }
    );

    [Fact]
    public void After_an_observed_worker_crash_all_its_leases_become_suspects_without_blame_R10()
    {
        var worker = _scene.Join("w1", slots: 2);
        var ids = Submit(2);

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.All(
            ids,
            id => Assert.Equal((true, 0), (_scene.Job(id).Status.Isolated, _scene.Job(id).Status.WorkerCrashes))
        );
    }

    [Fact]
    public void A_suspect_is_the_only_lease_of_its_reply_and_no_other_is_granted_until_its_outcome_R10()
    {
        Crash(_scene.Join("w1", slots: 1), out var suspect);
        var next = _scene.Join("w2", slots: 3);
        Assert.Equal(suspect, next.Lease.Job);
        var lease = next.Lease;

        Submit(2);
        Assert.Null(next.Exchange(SceneWorker.Holding(lease)));
        next.Succeed(lease);

        Assert.Equal(2, next.Answered.Leases.Count);
    }

    [Fact]
    public void A_suspect_is_not_added_to_a_reply_with_other_leases_R10()
    {
        Crash(_scene.Join("w1"), out var suspect);
        var first = _scene.Submit(with: s => s with { Priority = 1 });

        var next = _scene.Join("w2", slots: 3);

        Assert.Equal(first, next.Lease.Job);
        var lease = next.Lease;
        Assert.Null(next.Exchange(SceneWorker.Holding(lease)));
        next.Succeed(lease);
        Assert.Equal(suspect, next.Lease.Job);
    }

    [Fact]
    public void A_job_that_repeatedly_crashes_its_worker_while_isolated_is_quarantined_R10()
    {
        Crash(_scene.Join("w1"), out var id);
        Crash(_scene.Join("w2"), id);
        Assert.Equal(1, _scene.Job(id).Status.WorkerCrashes);

        Crash(_scene.Join("w3"), id);

        Assert.Equal(FailReason.Poison, _scene.Done(id).Reason);
    }

    [Fact]
    public void A_lease_counts_from_its_grant_even_if_its_worker_crashed_before_it_sent_another_message_R10()
    {
        Crash(_scene.Join("w1"), out var id);
        var worker = _scene.Join("w2");

        // Nothing indicates whether the reply that contained the lease arrived.
        Crash(worker, id);

        Assert.Equal(1, _scene.Job(id).Status.WorkerCrashes);
    }

    [Fact]
    public void A_crash_does_not_count_against_a_lease_that_the_worker_has_not_received_R6_R10()
    {
        Crash(_scene.Join("w1"), out var id);
        var worker = _scene.Join("w2");
        Assert.Equal(id, worker.Lease.Job);

        // The worker's next exchange does not list the lease.
        worker.Exchange([], [], draining: true);
        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.Equal((JobState.Ready, 0), (_scene.Job(id).Status.State, _scene.Job(id).Status.WorkerCrashes));
    }

    [Fact]
    public void Without_a_crash_limit_no_job_becomes_a_suspect_R10()
    {
        var loss = new LossPolicy { MaxWorkerCrashes = 0 };
        JobId id = default;
        for (var i = 0; i < 10; i++)
        {
            var worker = new SceneWorker(_scene, $"w{i}", 1, 0, ["noop@1"]) { Loss = loss };
            worker.Exchange();
            if (i == 0)
                id = _scene.Submit();
            Crash(worker, id);
        }

        Assert.Equal((false, 10), (_scene.Job(id).Status.Isolated, _scene.Job(id).Status.Attempt));
    }

    [Fact]
    public void A_process_that_exited_on_request_has_not_crashed_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Ended));

        Assert.Equal(
            (false, 0, 1),
            (_scene.Job(id).Status.Isolated, _scene.Job(id).Status.WorkerCrashes, _scene.Job(id).Status.Attempt)
        );
    }

    [Fact]
    public void A_job_that_must_not_run_twice_is_lost_with_its_process_even_if_that_exited_on_request_R11()
    {
        var worker = new SceneWorker(_scene, "w1", 1, 0, ["noop@1"])
        {
            Loss = new LossPolicy { FailWhenLost = true, Exclusive = true },
        };
        worker.Exchange();
        var id = _scene.Submit();

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Ended));

        Assert.Equal(FailReason.Lost, _scene.Done(id).Reason);
    }

    [Fact]
    public void An_outcome_clears_a_suspect_R10()
    {
        Crash(_scene.Join("w1"), out var id);
        var next = _scene.Join("w2");

        next.Report(new Outcome(next.Lease, OutcomeKind.Failed) { Error = new JobError("E", "no") });

        Assert.False(_scene.Job(id).Status.Isolated);
    }

    [Fact]
    public void After_two_expired_leases_a_job_runs_isolated_and_then_only_isolated_expirations_count_R10()
    {
        var id = LoseLease("w1", null);
        Assert.Equal((1, false), (_scene.Job(id).Status.LostLeases, _scene.Job(id).Status.Isolated));
        LoseLease("w2", id);
        Assert.Equal((2, true), (_scene.Job(id).Status.LostLeases, _scene.Job(id).Status.Isolated));
        LoseLease("w3", id);
        LoseLease("w4", id);
        Assert.Equal(4, _scene.Job(id).Status.LostLeases);

        LoseLease("w5", id);

        Assert.Equal(FailReason.Lost, _scene.Done(id).Reason);
    }

    [Fact]
    public void A_running_job_whose_holder_sent_nothing_since_the_restart_does_not_count_as_lost_R10()
    {
        _scene.Join("w1");
        var id = _scene.Submit();
        _scene.Restart();

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        Assert.Equal((JobState.Ready, 0), (_scene.Job(id).Status.State, _scene.Job(id).Status.LostLeases));
    }

    [Fact]
    public void A_method_that_must_not_run_twice_fails_as_lost_R11()
    {
        var worker = new SceneWorker(_scene, "w1", 1, 0, ["noop@1"]) { Loss = new LossPolicy { FailWhenLost = true } };
        worker.Exchange();
        var id = _scene.Submit();

        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        Assert.Equal(FailReason.Lost, _scene.Done(id).Reason);
    }

    [Fact]
    public void A_holder_that_reconnects_resumes_its_attempt_if_the_job_was_not_claimed_meanwhile_R11()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        Assert.Equal(JobState.Ready, _scene.Job(lease.Job).Status.State);

        worker.Exchange(SceneWorker.Holding(lease));

        Assert.Equal((JobState.Running, 1), (_scene.Job(lease.Job).Status.State, _scene.Job(lease.Job).Status.Attempt));
        Assert.Equal(AckStatus.Recorded, worker.Succeed(lease).Acks.Single().Verdict);
    }

    [Fact]
    public void An_outcome_after_lease_expiry_counts_if_the_job_was_not_claimed_meanwhile_R11()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));

        Assert.Equal(AckStatus.Recorded, worker.Succeed(lease).Acks.Single().Verdict);
    }

    [Fact]
    public void An_expired_lease_cannot_be_resumed_once_another_worker_has_claimed_the_job_R11()
    {
        var worker = _scene.Join("w1");
        var lease = new LeaseToken(_scene.Submit(), 1);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        var other = _scene.Join("w2");
        Assert.Equal(new LeaseToken(lease.Job, 2), other.Lease);

        Assert.Equal([lease], worker.Exchange(SceneWorker.Holding(lease))!.Revoked);
        Assert.Equal(AckStatus.Dropped, worker.Succeed(lease).Acks.Single().Verdict);
    }

    [Fact]
    public void A_released_job_is_not_granted_to_that_incarnation_for_one_second_then_two_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        worker.Report(new Outcome(worker.Lease, OutcomeKind.Released));
        Assert.Null(worker.Exchange());

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        Assert.Equal(new LeaseToken(id, 2), worker.Lease);
        worker.Report(new Outcome(worker.Lease, OutcomeKind.Released));
        worker.Exchange();
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        Assert.Null(worker.Reply);

        _scene.AdvanceAndTick(TimeSpan.FromSeconds(1));
        Assert.Equal(new LeaseToken(id, 3), worker.Lease);
    }

    [Fact]
    public void Two_workers_that_released_a_job_are_both_skipped_R10()
    {
        var first = _scene.Join("w1");
        var second = _scene.Join("w2");
        var id = _scene.Submit();
        first.Report(new Outcome(first.Lease, OutcomeKind.Released));
        second.Report(new Outcome(second.Lease, OutcomeKind.Released));

        first.Exchange();
        second.Exchange();

        Assert.Equal((JobState.Ready, 2), (_scene.Job(id).Status.State, _scene.Job(id).Status.Attempt));
    }

    [Fact]
    public void A_released_suspect_stays_a_suspect_R10()
    {
        Crash(_scene.Join("w1"), out var id);
        var next = _scene.Join("w2");

        next.Report(new Outcome(next.Lease, OutcomeKind.Lost));

        Assert.True(_scene.Job(id).Status.Isolated);
    }

    [Fact]
    public void While_one_of_several_resumed_suspects_runs_no_other_lease_is_granted_R10()
    {
        var worker = _scene.Join("w1", slots: 2);
        var ids = Submit(2);
        var leases = worker.Answered.Leases.Select(row => new LeaseToken(row.Id, row.Status.Attempt)).ToList();
        for (var round = 0; round < 2; round++)
        {
            _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
            worker.Exchange([.. leases.Select(lease => SceneWorker.Holding(lease))]);
        }
        Assert.All(ids, id => Assert.True(_scene.Job(id).Status.Isolated));

        worker.Succeed(leases[0]);
        _scene.Submit();

        Assert.Null(worker.Exchange(SceneWorker.Holding(leases[1])));
    }

    [Fact]
    public void An_offer_with_different_loss_settings_is_rejected_while_another_worker_offers_the_old_ones_R11_R22()
    {
        _scene.Join("w1").Loss = new LossPolicy { FailWhenLost = true };
        var other = new SceneWorker(_scene, "w2", 1, 0, ["noop@1"]) { Loss = new LossPolicy { FailWhenLost = true } };

        Assert.Contains("onLost is fail instead of retry", other.Exchange()!.TerminateReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delayed_duplicate_of_a_join_does_not_bring_back_an_exited_incarnation_R9()
    {
        var worker = _scene.Join("w1");
        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));

        var late = _scene.AnswerTo(_scene.Do(worker.Message(1, [], [])));

        Assert.NotNull(Assert.IsType<Response.Exchanged>(late).TerminateReason);
        Assert.Equal(0, _scene.Broker.State.Workers.Count);
    }

    [Fact]
    public void A_released_job_is_granted_to_another_worker_immediately_R10()
    {
        var worker = _scene.Join("w1");
        var id = _scene.Submit();
        worker.Report(new Outcome(worker.Lease, OutcomeKind.Released));

        Assert.Equal(new LeaseToken(id, 2), _scene.Join("w2").Lease);
    }

    [Fact]
    public void A_disconnected_worker_is_eventually_removed_with_its_row()
    {
        _scene.Join("w1");
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        Assert.Equal(1, _scene.Broker.State.Workers.Count);

        _scene.AdvanceAndTick(TimeSpan.FromMinutes(10));

        Assert.Equal(0, _scene.Broker.State.Workers.Count);
        Assert.Contains(_scene.Changes, c => c is RowChange.WorkerRemoved);
    }

    private List<JobId> Submit(int count)
    {
        var commands = Enumerable
            .Range(0, count)
            .Select(_ =>
                (Command)
                    new Command.Submit([
                        new NewJob(
                            new JobSpec
                            {
                                Queue = QueueName.Default,
                                Method = new MethodName("noop"),
                                Owner = "admin",
                            },
                            default
                        ),
                    ])
            );
        return [.. _scene.Do(commands).Select(t => ((Response.Submitted)_scene.AnswerTo(t)!).Results[0].Id)];
    }

    private void Crash(SceneWorker worker, out JobId id)
    {
        id = _scene.Submit();
        Crash(worker, id);
    }

    private void Crash(SceneWorker worker, JobId holding)
    {
        Assert.Equal(holding, worker.Lease.Job);
        _scene.Do(new Command.WorkerDied(worker.Self, ExitKind.Signal));
    }

    /// <summary>
    /// Lets a worker claim the job, or a new job if none is given, and then send no further messages.
    /// </summary>
    private JobId LoseLease(string name, JobId? id)
    {
        var worker = _scene.Join(name);
        id ??= _scene.Submit();
        Assert.Equal(id, worker.Lease.Job);
        _scene.AdvanceAndTick(TimeSpan.FromSeconds(30));
        return id.Value;
    }
}
