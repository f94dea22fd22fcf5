using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ShardTests
{
    private static readonly Instant Wall = new(1_800_000_000_000_000);
    private readonly Shard _shard = new(() => new Broker(new BrokerOptions { Lease = TimeSpan.FromSeconds(30) }));
    private Elapsed _clock = new(5_000_000);

    [Fact]
    public void No_command_is_applied_before_the_rows_are_loaded()
    {
        var steps = On(new ShardEvent.Woke());

        Assert.IsType<ShardStep.Load>(Assert.Single(steps));
        On(new ShardEvent.CommandArrived(new RequestId(1), new Command.ListQueues()));
        Assert.Empty(On(new ShardEvent.Woke()));
        Assert.Contains(On(new ShardEvent.Loaded()), step => step is ShardStep.Publish);
    }

    [Fact]
    public void No_response_is_published_before_its_batch_is_durable_R1()
    {
        Load();
        Join();

        Arrive(2, Submit());
        var commit = Assert.IsType<ShardStep.Commit>(Assert.Single(On(new ShardEvent.Woke())));

        Assert.Contains(commit.Batch.Responses, a => a.Ticket == new RequestId(2));
        var publish = Assert.IsType<ShardStep.Publish>(On(new ShardEvent.Committed(new CommitResult.Durable()))[0]);
        Assert.Contains(publish.Responses, a => a.Ticket == new RequestId(2));
    }

    [Fact]
    public void A_read_waits_for_the_pending_commit_R1()
    {
        Load();
        Join();
        Arrive(2, Submit());
        On(new ShardEvent.Woke());

        Arrive(3, new Command.ListQueues());
        Assert.Empty(On(new ShardEvent.Woke()));

        var steps = On(new ShardEvent.Committed(new CommitResult.Durable()));
        Assert.Equal(
            [2L, 1L, 3L],
            steps.OfType<ShardStep.Publish>().SelectMany(r => r.Responses).Select(a => a.Ticket.Value)
        );
    }

    [Fact]
    public void A_batch_ends_at_its_command_limit_and_the_rest_follows_R1()
    {
        Load();
        Join();
        for (var i = 0; i < Limits.CommandsPerBatch + 5; i++)
            Arrive(100 + i, Submit());

        var first = Assert.IsType<ShardStep.Commit>(On(new ShardEvent.Woke()).Single());
        var second = On(new ShardEvent.Committed(new CommitResult.Durable())).OfType<ShardStep.Commit>().Single();

        Assert.Equal((Limits.CommandsPerBatch, 5), (first.Batch.Commands, second.Batch.Commands));
    }

    [Fact]
    public void A_transient_failure_commits_the_identical_batch_again_R5()
    {
        Load();
        Join();
        Arrive(2, Submit());
        var batch = On(new ShardEvent.Woke()).OfType<ShardStep.Commit>().Single().Batch;

        var steps = On(new ShardEvent.Committed(new CommitResult.Later("disk full")));
        _clock = Assert.IsType<ShardStep.WakeAt>(Assert.Single(steps)).Elapsed;

        Assert.Same(batch, On(new ShardEvent.Woke()).OfType<ShardStep.Commit>().Single().Batch);
    }

    [Fact]
    public void A_fenced_owner_stops_and_publishes_no_response_R25()
    {
        Load();
        Join();
        Arrive(2, Submit());
        On(new ShardEvent.Woke());

        var steps = On(new ShardEvent.Committed(new CommitResult.Fenced()));

        Assert.IsType<ShardStep.Stop>(Assert.Single(steps));
        Assert.Empty(On(new ShardEvent.Woke()));
    }

    [Fact]
    public void A_waiting_command_is_dropped_when_its_caller_disconnects()
    {
        Load();
        Join();
        Arrive(2, Submit());

        On(new ShardEvent.CallerDisconnected(new RequestId(2)));

        Assert.DoesNotContain(On(new ShardEvent.Woke()), step => step is ShardStep.Commit);
    }

    [Fact]
    public void A_stall_extends_leases_and_commands_received_meanwhile_are_applied_first_R20()
    {
        Load();
        Join();
        Arrive(2, Submit());
        On(new ShardEvent.Woke());
        On(new ShardEvent.Committed(new CommitResult.Durable()));

        _clock += TimeSpan.FromMinutes(10);
        var steps = On(new ShardEvent.Woke());

        Assert.Contains(steps.OfType<ShardStep.Publish>(), r => r.Effects.OfType<Effect.Stalled>().Any());
        Assert.Equal(JobState.Running, _shard.Broker.State.Jobs.All.Single().Status.State);
    }

    [Fact]
    public void Without_a_stall_a_lease_expires_if_no_message_arrives_R8()
    {
        Load();
        Join();
        Arrive(2, Submit());
        On(new ShardEvent.Woke());
        On(new ShardEvent.Committed(new CommitResult.Durable()));

        for (var i = 0; i < 61; i++)
        {
            _clock += TimeSpan.FromMilliseconds(500);
            if (On(new ShardEvent.Woke()).OfType<ShardStep.Commit>().Any())
                On(new ShardEvent.Committed(new CommitResult.Durable()));
        }

        Assert.Equal(JobState.Ready, _shard.Broker.State.Jobs.All.Single().Status.State);
    }

    [Fact]
    public void Leases_expire_even_under_a_constant_stream_of_commands_R8()
    {
        Load();
        Join();
        Arrive(2, Submit());
        On(new ShardEvent.Woke());
        On(new ShardEvent.Committed(new CommitResult.Durable()));

        for (var i = 0; i < 310; i++)
        {
            _clock += TimeSpan.FromMilliseconds(100);
            Arrive(100 + i, new Command.ListQueues());
            if (On(new ShardEvent.Woke()).OfType<ShardStep.Commit>().Any())
                On(new ShardEvent.Committed(new CommitResult.Durable()));
        }

        Assert.Equal(JobState.Ready, _shard.Broker.State.Jobs.All.Single().Status.State);
    }

    [Fact]
    public void Time_never_goes_backwards_for_a_job_R20()
    {
        _shard.Restore(new ShardRow(7, 1, 1, Wall + TimeSpan.FromHours(1)));
        Load();
        Join();
        Arrive(2, Submit());

        On(new ShardEvent.Woke());

        Assert.Equal(Wall + TimeSpan.FromHours(1), _shard.Broker.State.Jobs.All.Single().Spec.Submitted);
    }

    [Fact]
    public void After_the_wall_clock_was_set_back_time_advances_at_half_speed_R20()
    {
        _shard.Restore(new ShardRow(7, 1, 1, Wall + TimeSpan.FromHours(1)));
        Load();
        Join();
        _clock += TimeSpan.FromMilliseconds(400);
        Arrive(2, Submit());

        On(new ShardEvent.Woke());

        Assert.Equal(
            Wall + TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(200),
            _shard.Broker.State.Jobs.All.Single().Spec.Submitted
        );
    }

    private void Load()
    {
        On(new ShardEvent.Woke());
        On(new ShardEvent.Loaded());
    }

    private void Join()
    {
        var message = new WorkerMessage(new LeaseHolder(new WorkerName("w1"), new Incarnation(1)))
        {
            Slots = 1,
            Offers = [new Offer(new MethodName("noop"), 1, "{}")],
        };
        Arrive(1, new Command.Exchange(message, 1, TimeSpan.FromSeconds(10), null, [], false));
        On(new ShardEvent.Woke());
        On(new ShardEvent.Committed(new CommitResult.Durable()));
    }

    private static Command.Submit Submit() =>
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

    private void Arrive(long ticket, Command command) =>
        On(new ShardEvent.CommandArrived(new RequestId(ticket), command));

    private IReadOnlyList<ShardStep> On(ShardEvent happened) => _shard.Handle(happened, Wall, _clock);
}
