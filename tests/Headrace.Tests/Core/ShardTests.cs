using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ShardTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private readonly ShardScene _scene = new(new BrokerOptions { Lease = Lease });

    private Job Job => _scene.Shard.Broker.State.Jobs.All.Single();

    [Fact]
    public void No_command_is_applied_before_the_rows_are_loaded()
    {
        var mailbox = new CommandQueue();
        var shard = new Shard(() => new Broker(new BrokerOptions()), mailbox);

        var steps = Handle(new ShardEvent.Woke());

        Assert.IsType<ShardStep.Load>(Assert.Single(steps));
        mailbox.TryAdd(new PendingCommand(new RequestId(1), new Command.ListQueues(default)));
        Assert.Empty(Handle(new ShardEvent.Woke()));
        Handle(new ShardEvent.Loaded());
        Assert.Contains(Handle(new ShardEvent.Woke()), step => step is ShardStep.Publish);

        IReadOnlyList<ShardStep> Handle(ShardEvent shardEvent) => shard.Handle(shardEvent, _scene.Wall, _scene.Clock);
    }

    [Fact]
    public void No_response_is_published_before_its_batch_is_durable_R1()
    {
        _scene.Start();

        var submitted = _scene.Do(ShardScene.Submit());

        Assert.Contains(_scene.Committing!.Responses, a => a.Ticket == submitted);
        Assert.False(_scene.Answers.ContainsKey(submitted));
        _scene.Commit();
        Assert.True(_scene.Answers.ContainsKey(submitted));
    }

    [Fact]
    public void A_query_waits_for_the_pending_commit_R1()
    {
        _scene.Start();
        _scene.Do(ShardScene.Submit());

        var query = _scene.Do(new Command.ListQueues(default));

        Assert.False(_scene.Answers.ContainsKey(query));
        _scene.Commit();
        Assert.True(_scene.Answers.ContainsKey(query));
    }

    [Fact]
    public void Durable_responses_are_published_before_reads_start_R1_R2()
    {
        _scene.Start();
        _scene.Arrive(ShardScene.Submit("k"));
        _scene.Do(ShardScene.Submit());
        _scene.Log.Clear();

        _scene.Commit();

        Assert.Equal(["publish", "read"], _scene.Log.Where(step => step != "commit"));
    }

    [Fact]
    public void Batches_are_committed_while_a_read_is_running_R2()
    {
        _scene.Start();
        _scene.Do(ShardScene.Submit("k"));
        Assert.Single(_scene.Reads);

        var other = _scene.Do(ShardScene.Submit());
        _scene.Commit();

        Assert.IsType<Response.Submitted>(_scene.Answers[other]);
    }

    [Fact]
    public void A_failed_read_rejects_only_the_command_that_needs_its_rows_R2()
    {
        _scene.Start();
        var failed = _scene.Do(ShardScene.Submit("k"));
        var other = _scene.Do(ShardScene.Submit("l"));

        _scene.FailRead("the file is locked");
        _scene.Read();
        _scene.Commit();

        var rejection = Assert.IsType<Response.Rejected>(_scene.Answers[failed]).Rejection;
        Assert.Equal(RejectionKind.Unavailable, rejection.Kind);
        Assert.Contains("the file is locked", rejection.Detail, StringComparison.Ordinal);
        Assert.NotNull(rejection.RetryAfter);
        Assert.IsType<Response.Submitted>(_scene.Answers[other]);
        Assert.Equal(0, _scene.Shard.Broker.State.PendingReads.Count);
        Assert.Null(_scene.Stopped);
    }

    [Fact]
    public void A_batch_ends_at_its_command_limit_and_the_rest_follows_R1()
    {
        _scene.Start();
        for (var i = 0; i < Limits.CommandsPerBatch + 5; i++)
            _scene.Arrive(ShardScene.Submit());

        _scene.Wake(TimeSpan.Zero);
        var first = _scene.Committing!;
        _scene.Commit();

        Assert.Equal((Limits.CommandsPerBatch, 5), (first.Commands, _scene.Committing!.Commands));
    }

    [Fact]
    public void A_message_of_a_worker_is_applied_before_the_submissions_that_arrived_earlier_R8()
    {
        _scene.Start();
        for (var i = 0; i < 2 * Limits.CommandsPerBatch; i++)
            _scene.Arrive(ShardScene.Submit());

        var report = _scene.Do(Report());
        _scene.Commit();

        Assert.True(_scene.Answers.ContainsKey(report));
    }

    [Fact]
    public void A_constant_stream_of_worker_messages_does_not_block_clients()
    {
        _scene.Start();
        var submitted = _scene.Arrive(ShardScene.Submit());
        for (var i = 0; i < 2 * Limits.CommandsPerBatch; i++)
            _scene.Arrive(Report());

        _scene.Wake(TimeSpan.Zero);
        _scene.Commit();

        Assert.True(_scene.Answers.ContainsKey(submitted));
    }

    [Fact]
    public void A_transient_failure_commits_the_identical_batch_again_R5()
    {
        _scene.Start();
        _scene.Do(ShardScene.Submit());
        var batch = _scene.Committing;

        _scene.Commit(new CommitResult.Later("disk full"));
        _scene.Wake(_scene.WakeAt!.Value - _scene.Clock);

        Assert.Same(batch, _scene.Committing);
    }

    [Fact]
    public void A_fenced_owner_stops_and_publishes_no_response_R25()
    {
        _scene.Start();
        var submitted = _scene.Do(ShardScene.Submit());

        _scene.Commit(new CommitResult.Fenced());

        Assert.NotNull(_scene.Stopped);
        Assert.False(_scene.Answers.ContainsKey(submitted));
        _scene.Wake(TimeSpan.Zero);
        Assert.Null(_scene.Committing);
    }

    [Fact]
    public void A_stall_extends_leases_R20()
    {
        StartAndSubmit();

        _scene.Wake(TimeSpan.FromMinutes(10));

        Assert.Contains(_scene.Effects, e => e is Effect.Stalled);
        Assert.Equal(JobState.Running, Job.Status.State);
    }

    [Fact]
    public void Without_a_stall_a_lease_expires_if_no_message_arrives_R8()
    {
        StartAndSubmit();

        for (var i = 0; i < 61; i++)
            WakeAndCommit(TimeSpan.FromMilliseconds(500));

        Assert.Equal(JobState.Ready, Job.Status.State);
    }

    [Fact]
    public void Leases_expire_even_under_a_constant_stream_of_commands_R8()
    {
        StartAndSubmit();

        for (var i = 0; i < 310; i++)
        {
            _scene.Arrive(new Command.ListQueues(default));
            WakeAndCommit(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(JobState.Ready, Job.Status.State);
    }

    [Theory]
    [InlineData(1_100, 3)]
    [InlineData(3_000, 8)]
    public void Leases_expire_in_time_although_every_commit_is_slow_R8_R20(int milliseconds, int late)
    {
        StartAndSubmit();
        var (commit, from) = (TimeSpan.FromMilliseconds(milliseconds), _scene.Clock);

        while (Job.Status.State == JobState.Running && _scene.Clock - from < 3 * Lease)
        {
            _scene.Do(Other());
            _scene.Clock += commit;
            _scene.Commit();
        }

        Assert.InRange(_scene.Clock - from, Lease, Lease + TimeSpan.FromSeconds(late));
    }

    [Fact]
    public void Time_advances_although_every_turn_follows_a_stall_R20()
    {
        StartAndSubmit();

        for (var i = 0; i < 6; i++)
            WakeAndCommit(TimeSpan.FromHours(1));

        Assert.Equal(JobState.Ready, Job.Status.State);
    }

    [Fact]
    public void A_lease_is_renewed_when_the_message_arrives_and_not_when_it_is_applied_R8()
    {
        StartAndSubmit();
        _scene.Do(Other());
        _scene.Clock += TimeSpan.FromSeconds(2);
        _scene.Arrive(Report());
        _scene.Clock += TimeSpan.FromSeconds(2);
        _scene.Commit();
        if (_scene.Committing is not null)
            _scene.Commit();

        var worker = _scene.Shard.Broker.State.Workers.All.Single();
        Assert.Equal(TimeSpan.FromSeconds(2), _scene.Shard.Elapsed - worker.LastSeen);
    }

    [Fact]
    public void The_lease_of_a_worker_that_joins_counts_from_the_arrival_of_its_message_R8()
    {
        _scene.Wake(TimeSpan.Zero);
        _scene.Do(Other());
        _scene.Clock += TimeSpan.FromSeconds(2);
        var message = new WorkerMessage(ShardScene.Worker) { Offers = [new Offer(new MethodName("noop"), 1, "{}")] };
        _scene.Arrive(new Command.Exchange(message, 1, TimeSpan.Zero, null, [], false));
        _scene.Clock += TimeSpan.FromSeconds(2);

        _scene.Commit();

        var worker = _scene.Shard.Broker.State.Workers.All.Single();
        Assert.Equal(TimeSpan.FromSeconds(2), _scene.Shard.Elapsed - worker.LastSeen);
    }

    [Fact]
    public void A_message_whose_caller_disconnected_renews_the_lease_before_the_tick_that_would_expire_it_R8_R20()
    {
        StartAndSubmit();
        for (var i = 0; i < 7; i++)
            WakeAndCommit(TimeSpan.FromSeconds(4));
        _scene.Do(Other());
        _scene.Clock += TimeSpan.FromSeconds(1.5);
        var dropped = _scene.Arrive(Report(), callerGone: true);
        _scene.Clock += TimeSpan.FromSeconds(1);

        _scene.Commit();

        var worker = _scene.Shard.Broker.State.Workers.All.Single();
        Assert.Equal(TimeSpan.FromSeconds(1), _scene.Shard.Elapsed - worker.LastSeen);
        Assert.Equal(JobState.Running, Job.Status.State);
        Assert.DoesNotContain(dropped, _scene.Answers.Keys);
    }

    [Fact]
    public void A_message_whose_caller_disconnected_does_not_return_expired_leases_R8()
    {
        StartAndSubmit();
        for (var i = 0; i < 8; i++)
            WakeAndCommit(TimeSpan.FromSeconds(4));
        Assert.Equal(JobState.Ready, Job.Status.State);

        _scene.Arrive(Report(), callerGone: true);
        WakeAndCommit(TimeSpan.Zero);

        Assert.True(_scene.Shard.Broker.State.Workers.All.Single().Unresponsive);
        Assert.Equal(JobState.Ready, Job.Status.State);
    }

    [Fact]
    public void No_lease_expires_while_a_message_of_its_worker_waits_in_the_mailbox_R8_R20()
    {
        StartAndSubmit();
        // While the tick is due, more messages arrive than fit in a batch. This worker's message is the last one.
        _scene.Clock += TimeSpan.FromSeconds(4);
        _scene.Do(Other());
        for (var i = 0; i < 6; i++)
        {
            _scene.Clock += TimeSpan.FromSeconds(4.4);
            for (var other = 0; i == 5 && other < Limits.CommandsPerBatch; other++)
                _scene.Arrive(new Command.Drain(new LeaseHolder(new WorkerName("x"), new Incarnation(9)), default));
            if (i == 5)
                _scene.Arrive(Report());
            else
                _scene.Arrive(Other());
            _scene.Commit();
        }
        while (_scene.Committing is not null)
            _scene.Commit();

        Assert.Equal(JobState.Running, Job.Status.State);
    }

    [Fact]
    public void Time_never_goes_backwards_for_a_job_R20()
    {
        _scene.Rows.Add(new ShardRow(7, 1, 1, _scene.Wall + TimeSpan.FromHours(1)));
        _scene.Start();

        _scene.Do(ShardScene.Submit());

        Assert.Equal(_scene.Wall + TimeSpan.FromHours(1), Job.Spec.Submitted);
    }

    [Fact]
    public void After_the_wall_clock_was_set_back_time_advances_at_half_speed_R20()
    {
        _scene.Rows.Add(new ShardRow(7, 1, 1, _scene.Wall + TimeSpan.FromHours(1)));
        _scene.Start();
        _scene.Clock += TimeSpan.FromMilliseconds(400);

        _scene.Do(ShardScene.Submit());

        Assert.Equal(_scene.Wall + TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(200), Job.Spec.Submitted);
    }

    [Fact]
    public void After_a_step_of_more_than_a_day_only_deadlines_wait_and_why_explains_it_R20()
    {
        _scene.Start();
        var late = SubmitWith(spec => spec with { Deadline = _scene.Wall + TimeSpan.FromDays(2) });
        SubmitWith(spec => spec with { Deadline = _scene.Wall + TimeSpan.FromDays(2) });
        var scheduled = SubmitWith(spec => spec with { ScheduledAt = _scene.Wall + TimeSpan.FromDays(1) });

        _scene.Wall += TimeSpan.FromDays(3);
        WakeAndCommit(TimeSpan.FromMilliseconds(500));
        var query = _scene.Do(new Command.GetJob(new JobId(late.Value + 1), TimeSpan.Zero));

        Assert.InRange(
            Assert.Single(ClockSteps()).Step!.Value.Ahead,
            TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1),
            TimeSpan.FromDays(3)
        );
        Assert.NotEqual(JobState.Scheduled, StateOf(scheduled));
        Assert.Equal(JobState.Running, StateOf(late));
        Assert.Contains(
            "Its deadline has passed but is not enforced yet, because the system clock stepped forward by 72 hours. "
                + "Unless the clock steps back, deadlines will follow it in 15 minutes.",
            Assert.IsType<Response.Live>(_scene.Answers[query]).Explanation,
            StringComparison.Ordinal
        );

        for (var i = 0; i < 181; i++)
            PassTime(TimeSpan.FromSeconds(5));

        Assert.Equal([false, true], ClockSteps().Select(stepped => stepped.Step is null));
        Assert.DoesNotContain(_scene.Shard.Broker.State.Jobs.All, job => job.Id == new JobId(late.Value + 1));
    }

    [Fact]
    public void A_step_across_a_restart_delays_only_deadlines_R20()
    {
        _scene.Rows.Add(new ShardRow(7, 1, 1, _scene.Wall + TimeSpan.FromDays(-3)));
        _scene.Start();

        var due = SubmitWith(spec => spec with { ScheduledAt = _scene.Wall + TimeSpan.FromSeconds(10) });
        for (var i = 0; i < 11; i++)
            PassTime(TimeSpan.FromSeconds(1));

        Assert.Equal(JobState.Running, StateOf(due));
        Assert.Single(ClockSteps());
        Assert.InRange(_scene.Wall - Job.Spec.Submitted, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_retry_scheduled_by_a_wrong_clock_is_not_late_once_the_clock_is_corrected_R20_R21()
    {
        _scene.Start();
        var job = SubmitWith(spec => spec with { Retries = 3 });
        _scene.Wall += TimeSpan.FromDays(1_000);
        WakeAndCommit(TimeSpan.FromMilliseconds(500));
        _scene.Do(
            new Command.Report(
                new WorkerMessage(ShardScene.Worker)
                {
                    Outcomes = [new Outcome(new LeaseToken(job, 1), OutcomeKind.Failed)],
                },
                []
            )
        );
        _scene.Commit();
        Assert.Equal(JobState.Scheduled, StateOf(job));

        _scene.Wall += TimeSpan.FromDays(-1_000);
        PassTime(TimeSpan.FromSeconds(1));
        PassTime(TimeSpan.FromMilliseconds(500));

        Assert.Equal(JobState.Ready, StateOf(job));
        Assert.Null(ClockSteps()[^1].Step);
    }

    private JobId SubmitWith(Func<JobSpec, JobSpec> with)
    {
        var submit = ShardScene.Submit();
        var requestId = _scene.Do(new Command.Submit([submit.Jobs[0] with { Spec = with(submit.Jobs[0].Spec) }]));
        _scene.Commit();
        return ((Response.Submitted)_scene.Answers[requestId]).Results.Single().Id;
    }

    private JobState StateOf(JobId job) =>
        _scene.Shard.Broker.State.Jobs.TryGet(job, out var found) ? found.Status.State : JobState.None;

    private List<Effect.ClockStepped> ClockSteps() => [.. _scene.Effects.OfType<Effect.ClockStepped>()];

    /// <summary>Advances both clocks while the worker keeps sending messages.</summary>
    private void PassTime(TimeSpan span)
    {
        _scene.Wall += span;
        _scene.Arrive(Report());
        WakeAndCommit(span);
    }

    private void StartAndSubmit() => _scene.StartWithRunningJob();

    private void WakeAndCommit(TimeSpan later)
    {
        _scene.Wake(later);
        if (_scene.Committing is not null)
            _scene.Commit();
    }

    private static Command.Report Report() => ShardScene.Report();

    private Command.RegisterMethods Other() => _scene.Other();
}
