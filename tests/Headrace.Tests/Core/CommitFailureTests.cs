using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class CommitFailureTests
{
    private readonly ShardScene _scene = new();

    public CommitFailureTests() => _scene.Start();

    [Fact]
    public void While_the_store_is_unavailable_clients_fail_fast_and_workers_wait_R5()
    {
        _scene.Do(ShardScene.Submit());
        var waiting = _scene.Arrive(ShardScene.Submit());
        _scene.Commit(new CommitResult.Later("the disk is full"));

        var later = _scene.Do(ShardScene.Submit());
        var worker = _scene.Do(new Command.Report(new WorkerMessage(ShardScene.Worker), []));

        Assert.All(
            [waiting, later],
            requestId => Assert.Contains("the disk is full", Refused(requestId).Detail, StringComparison.Ordinal)
        );
        Assert.False(_scene.Answers.ContainsKey(worker));
    }

    [Fact]
    public void Methods_registered_while_the_store_is_unavailable_are_kept_when_it_recovers_R22()
    {
        _scene.Do(ShardScene.Submit());
        _scene.Commit(new CommitResult.Later("the disk is full"));

        var introduced = _scene.Arrive(new Command.RegisterMethods([new Offer(new MethodName("later"), 1, "{}")]));
        _scene.Wake(TimeSpan.FromMilliseconds(200));
        _scene.Commit();
        _scene.Commit();

        Assert.Empty(Assert.IsType<Response.MethodsRegistered>(_scene.Answers[introduced]).Refused);
    }

    [Fact]
    public void If_the_disk_is_full_callers_get_that_reason_R25()
    {
        _scene.Do(ShardScene.Submit());
        _scene.Commit(new CommitResult.Later("no room for the batch") { NoRoom = true });

        var rejection = Refused(_scene.Do(ShardScene.Submit()));

        Assert.Equal(RejectionKind.StorageFull, rejection.Kind);
        Assert.NotNull(rejection.RetryAfter);
        Assert.Contains("no room for the batch", rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_identical_batch_is_retried_until_it_is_durable_and_then_answered_R5()
    {
        var requestId = _scene.Do(ShardScene.Submit());
        var batch = _scene.Committing;
        for (var i = 0; i < 3; i++)
        {
            _scene.Commit(new CommitResult.Unknown("no reply"));
            Assert.Null(_scene.Committing);
            _scene.Wake(TimeSpan.FromMilliseconds(200));
            Assert.Same(batch, _scene.Committing);
        }

        _scene.Commit();

        Assert.IsType<Response.Submitted>(_scene.Answers[requestId]);
    }

    [Fact]
    public void A_delayed_commit_counts_as_a_stall_and_expires_no_lease_R5_R20()
    {
        _scene.Do(ShardScene.Submit());
        for (var i = 0; i < 600; i++)
        {
            _scene.Commit(new CommitResult.Later("the disk is full"));
            _scene.Wake(TimeSpan.FromMilliseconds(200));
        }

        _scene.Commit();
        _scene.Wake(TimeSpan.FromMilliseconds(100));

        Assert.Equal(JobState.Running, _scene.Shard.Broker.State.Jobs.All.Single().Status.State);
        Assert.Contains(
            _scene.Effects,
            e => e is Effect.Stalled stalled && stalled.Extension > TimeSpan.FromSeconds(114)
        );
    }

    [Fact]
    public void A_broken_store_stops_the_owner_and_no_response_is_sent_R5()
    {
        var requestId = _scene.Do(ShardScene.Submit());

        _scene.Commit(new CommitResult.Broken("fsync failed"));

        Assert.Contains("fsync failed", _scene.Stopped, StringComparison.Ordinal);
        Assert.False(_scene.Answers.ContainsKey(requestId));
    }

    [Fact]
    public void A_command_that_the_store_rejects_is_isolated_and_the_rest_are_committed_R5()
    {
        AddLoadedRows();
        var valid = _scene.Arrive(ShardScene.Submit());
        var bad = _scene.Arrive(ShardScene.Submit());
        var fine = _scene.Do(ShardScene.Submit());

        _scene.Commit(new CommitResult.Refused("too odd"));
        Assert.Equal(2, _scene.Loads);
        _scene.Commit();
        _scene.Commit(new CommitResult.Refused("too odd"));
        _scene.Commit();

        Assert.IsType<Response.Submitted>(_scene.Answers[valid]);
        Assert.Equal(RejectionKind.Unstorable, Refused(bad).Kind);
        Assert.IsType<Response.Submitted>(_scene.Answers[fine]);
    }

    [Fact]
    public void A_keyed_submission_that_the_store_rejects_is_isolated_too_R5()
    {
        AddLoadedRows();
        var bad = _scene.Arrive(ShardScene.Submit("k"));
        _scene.Wake(TimeSpan.Zero);
        var fine = _scene.Arrive(ShardScene.Submit());
        _scene.Read();
        _scene.Commit(new CommitResult.Refused("too odd"));
        for (var i = 0; i < 4; i++)
        {
            if (_scene.Reads.Count > 0)
                _scene.Read();
            if (_scene.Committing is { } batch)
                _scene.Commit(
                    batch.Changes.Any(c => c is RowChange.KeyAdded) ? new CommitResult.Refused("too odd") : null
                );
        }

        Assert.Equal(RejectionKind.Unstorable, Refused(bad).Kind);
        Assert.IsType<Response.Submitted>(_scene.Answers[fine]);
        Assert.Null(_scene.Committing);
    }

    [Fact]
    public void Rows_whose_read_began_before_a_reload_are_not_used_after_it_R2_R5()
    {
        AddLoadedRows();
        var keyed = _scene.Arrive(ShardScene.Submit("k"));
        var bad = _scene.Do(ShardScene.Submit());
        _scene.Commit(new CommitResult.Refused("too odd"));
        _scene.Commit(new CommitResult.Refused("too odd"));
        Assert.Equal(RejectionKind.Unstorable, Refused(bad).Kind);
        Assert.Equal(2, _scene.Reads.Count);

        _scene.Read();
        Assert.Null(_scene.Committing);
        _scene.Read();
        _scene.Commit();

        Assert.IsType<Response.Submitted>(_scene.Answers[keyed]);
    }

    [Fact]
    public void An_outcome_that_cannot_be_stored_is_recorded_as_failed_without_its_result_R5()
    {
        var lease = new LeaseToken(JobId.Of(0, 1), 1);
        AddLoadedRows(
            new JobStatus
            {
                State = JobState.Running,
                Attempt = 1,
                Holder = ShardScene.Worker,
                GrantedByExchange = 1,
                ReservedBytes = Limits.DefaultMaxResult,
                RanVersion = 1,
            }
        );
        _scene.Rows.Add(new CounterRow(QueueName.Default, new MethodName("noop"), JobState.Running, 1, 0, 0));
        _scene.Do(ShardScene.Submit());
        _scene.Commit();
        var requestId = _scene.Do(
            new Command.Report(
                new WorkerMessage(ShardScene.Worker)
                {
                    Outcomes = [new Outcome(lease, OutcomeKind.Succeeded) { Result = new byte[] { 1 } }],
                },
                []
            )
        );

        _scene.Commit(new CommitResult.Refused("too odd"));

        var done = _scene.Committing!.Changes.OfType<RowChange.JobEnded>().Single().Row;
        Assert.Equal((FailReason.Error, 0L), (done.Reason, done.ResultBytes));
        Assert.Contains("too odd", done.Error!.Message, StringComparison.Ordinal);
        _scene.Commit();
        Assert.Equal(AckStatus.Recorded, ((Response.Exchanged)_scene.Answers[requestId]).Acks.Single().Verdict);
    }

    [Fact]
    public void A_report_that_is_applied_more_than_a_lease_after_its_arrival_does_not_renew_the_lease_R5_R8()
    {
        AddLoadedRows(
            new JobStatus
            {
                State = JobState.Running,
                Attempt = 1,
                Holder = ShardScene.Worker,
                GrantedByExchange = 1,
                ReservedBytes = Limits.DefaultMaxResult,
                RanVersion = 1,
            }
        );
        _scene.Rows.Add(new CounterRow(QueueName.Default, new MethodName("noop"), JobState.Running, 1, 0, 0));
        _scene.Do(_scene.Other());
        for (var i = 0; i < 8; i++)
            _scene.Arrive(_scene.Other());
        var report = _scene.Arrive(ShardScene.Report());
        _scene.Commit();

        // From here on, each command is committed alone, and each commit takes 5 s.
        _scene.Commit(new CommitResult.Refused("too odd"));
        for (var i = 0; i < 40 && !_scene.Answers.ContainsKey(report); i++)
        {
            _scene.Wake(TimeSpan.FromSeconds(5));
            if (_scene.Committing is not null)
                _scene.Commit();
        }

        Assert.True(_scene.Answers.ContainsKey(report));
        Assert.True(_scene.Shard.Broker.State.Workers.All.Single().Unresponsive);
    }

    [Fact]
    public void On_a_full_disk_submissions_are_rejected_nothing_is_claimed_and_outcomes_are_still_recorded_R25()
    {
        _scene.Do(ShardScene.Submit());
        _scene.Commit();
        _scene.Do(new Command.DiskSpaceChanged(true, "12 MB is free, 64 MB is needed"));

        var requestId = _scene.Do(ShardScene.Submit());
        _scene.Do(
            new Command.Report(
                new WorkerMessage(ShardScene.Worker)
                {
                    Outcomes = [new Outcome(new LeaseToken(JobId.Of(0, 1), 1), OutcomeKind.Succeeded)],
                },
                []
            )
        );

        Assert.Equal(RejectionKind.StorageFull, Refused(requestId).Kind);
        Assert.Contains("12 MB is free", Refused(requestId).Detail, StringComparison.Ordinal);
        Assert.Single(_scene.Committing!.Changes.OfType<RowChange.JobEnded>());
    }

    /// <summary>Adds the rows to load: the worker, its method, and a running job if one is given.</summary>
    private void AddLoadedRows(JobStatus? running = null)
    {
        _scene.Rows.Add(new StoreRow(new StoreId("s"), 1));
        _scene.Rows.Add(new ShardRow(1, 1, 1, _scene.Wall));
        _scene.Rows.Add(new MethodRow(new MethodName("noop"), 1, "{}"));
        _scene.Rows.Add(new WorkerRow(ShardScene.Worker.Worker, ShardScene.Worker.Incarnation, "local", _scene.Wall));
        if (running is { } now)
            _scene.Rows.Add(new JobRow(JobId.Of(0, 1), ShardScene.Submit().Jobs[0].Spec, now));
    }

    private Rejection Refused(RequestId requestId) => ((Response.Rejected)_scene.Answers[requestId]).Rejection;
}
