using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Storage.Memory;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Messages;

/// <summary>Tests messages with the production shard: they are put, pulled with a lease, and settled (R28).</summary>
public sealed class MessageTests : IAsyncLifetime
{
    private static readonly QueueName Queue = new("alerts");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    private readonly MemoryJobStore _store = MemoryJobStore.Create(TimeProvider.System);
    private ShardDriver _shard = null!;

    public static TheoryData<int> Seeds => RandomSeed.Take(4);

    public async ValueTask InitializeAsync() => await StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Messages_are_delivered_once_by_priority_and_then_in_the_order_of_their_arrival_R28()
    {
        var (first, second) = (await PutAsync(), await PutAsync());
        var urgent = await PutAsync(spec => spec with { Priority = 1 });

        Assert.Equal([urgent, first], Ids(await PullAsync(2)));
        Assert.Equal([second], Ids(await PullAsync(2)));
        Assert.Empty(await PullAsync(2));
    }

    [Fact]
    public async Task A_lease_is_on_disk_before_the_message_is_sent_R4()
    {
        var id = await PutAsync();
        await PullAsync(1);

        var stored = (await LoadedRows.OfAsync(_store)).OfType<JobRow>().Single();

        Assert.Equal((id, JobState.Running, 1), (stored.Id, stored.Status.State, stored.Status.Attempt));
    }

    [Fact]
    public async Task A_token_of_a_job_that_never_existed_is_ignored_R28()
    {
        var id = await PutAsync();
        await AcknowledgeAsync(await PullAsync(1));

        var tokens = (LeaseToken[])[new(new JobId(id.Value + 1), 1), new(new JobId(long.MaxValue), 1), new(id, 1)];

        foreach (var acknowledges in (bool[])[true, false])
            Assert.Equal(
                new Response.Settled(0, 1, 2),
                await _shard.AskAsync<Response.Settled>(new Command.SettleMessages(Queue, tokens, acknowledges))
            );
    }

    [Fact]
    public async Task An_acknowledged_message_has_succeeded_and_leaves_its_place_R28()
    {
        var id = await PutAsync();
        var pulled = await PullAsync(1);

        Assert.Equal(new Response.Settled(1, 0, 0), await AcknowledgeAsync(pulled));
        Assert.Equal(new Response.Settled(0, 1, 0), await AcknowledgeAsync(pulled));

        var rows = await _store.ReadAsync([new RowKey.Ended(id)], TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Succeeded, rows.OfType<DoneRow>().Single().Job.Status.State);
        Assert.Equal(0, _shard.Broker.State.Queues.GetOrAdd(Queue).Jobs);
    }

    [Fact]
    public async Task A_message_whose_lease_has_expired_is_delivered_again_and_fails_as_lost_after_five_times_R28()
    {
        var id = await PutAsync();
        for (var delivery = 1; delivery <= 5; delivery++)
        {
            var pulled = Assert.Single(await PullAsync(1));
            Assert.Equal((id, delivery), (pulled.Id, pulled.Status.Attempt));
            await _shard.AdvanceAsync(Lease);
        }

        Assert.Empty(await PullAsync(1));
        var rows = await _store.ReadAsync([new RowKey.Ended(id)], TestContext.Current.CancellationToken);
        Assert.Equal(FailReason.Lost, rows.OfType<DoneRow>().Single().Reason);
    }

    [Fact]
    public async Task A_late_acknowledgement_counts_while_the_message_waits_or_another_client_holds_it_R28()
    {
        await PutAsync();
        var first = await PullAsync(1);
        await _shard.AdvanceAsync(Lease);
        Assert.Equal(new Response.Settled(1, 0, 0), await AcknowledgeAsync(first));

        await PutAsync();
        var second = await PullAsync(1);
        await _shard.AdvanceAsync(Lease);
        var third = await PullAsync(1);
        Assert.Equal(new Response.Settled(1, 0, 0), await AcknowledgeAsync(second));
        Assert.Equal(new Response.Settled(0, 1, 0), await AcknowledgeAsync(third));
    }

    [Fact]
    public async Task A_release_counts_only_for_the_client_that_holds_the_message_R28()
    {
        var id = await PutAsync();
        var first = await PullAsync(1);
        Assert.Equal(new Response.Settled(1, 0, 0), await ReleaseAsync(first));
        var second = await PullAsync(1);

        Assert.Equal([id], Ids(second));
        Assert.Equal(new Response.Settled(0, 0, 1), await ReleaseAsync(first));
        Assert.Empty(await PullAsync(1));
        Assert.Equal(0, second[0].Status.LostLeases);
    }

    [Fact]
    public async Task A_pull_waits_until_a_message_arrives()
    {
        var pull = await _shard.SendAndWakeAsync(Pull(1, TimeSpan.FromSeconds(20)));
        await PutAsync(queue: "other");
        Assert.Null(_shard.AnswerTo(pull));

        await PutAsync();

        Assert.IsType<Response.PullAgain>(_shard.AnswerTo(pull));
    }

    [Fact]
    public async Task A_pull_whose_wait_expires_is_answered_with_nothing()
    {
        var pull = await _shard.SendAndWakeAsync(Pull(1, TimeSpan.FromSeconds(2)));

        await _shard.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Empty(Assert.IsType<Response.MessagesPulled>(_shard.AnswerTo(pull)).Messages);
    }

    [Fact]
    public async Task A_paused_queue_delivers_no_message_until_it_is_resumed()
    {
        await PutAsync();
        await ConfigureAsync(new QueueSettings { Paused = true });
        Assert.Empty(await PullAsync(1));
        var waiting = await _shard.SendAndWakeAsync(Pull(1, TimeSpan.FromSeconds(20)));

        await ConfigureAsync(QueueSettings.Default);

        Assert.IsType<Response.PullAgain>(_shard.AnswerTo(waiting));
        Assert.Single(await PullAsync(1));
    }

    [Fact]
    public async Task After_a_restart_a_client_keeps_its_message_for_a_while_and_the_restart_does_not_count()
    {
        await PutAsync();
        var pulled = await PullAsync(1);

        await StartAsync();
        Assert.Empty(await PullAsync(1));
        await _shard.AdvanceAsync(TimeSpan.FromSeconds(60));

        var again = Assert.Single(await PullAsync(1));
        Assert.Equal((pulled[0].Id, 2, 0), (again.Id, again.Status.Attempt, again.Status.LostLeases));
    }

    [Fact]
    public async Task A_held_message_is_cancelled_at_once()
    {
        var id = await PutAsync();
        var pulled = await PullAsync(1);

        Assert.IsType<Response.Ended>(await _shard.AskAsync<Response>(new Command.Cancel(id)));

        Assert.Equal(new Response.Settled(0, 1, 0), await AcknowledgeAsync(pulled));
    }

    [Fact]
    public async Task A_full_queue_rejects_a_message_until_one_is_acknowledged_R13()
    {
        await ConfigureAsync(new QueueSettings { MaxJobs = 1 });
        await PutAsync();
        var pulled = await PullAsync(1);
        var submit = new Command.Submit([new NewJob(Spec(), default)]);
        Assert.Equal(
            RejectionKind.QueueFull,
            (await _shard.AskAsync<Response.Submitted>(submit)).Results[0].Rejection!.Kind
        );

        await AcknowledgeAsync(pulled);

        Assert.Null((await _shard.AskAsync<Response.Submitted>(submit)).Results[0].Rejection);
    }

    [Fact]
    public async Task Why_a_message_waits_names_the_client_and_the_command()
    {
        var id = await PutAsync();
        Assert.Equal(
            "This message waits until a client pulls it: headrace messages pull alerts. The queue has 1 message that "
                + "no client holds.",
            await WhyAsync(id)
        );

        await PullAsync(1);

        Assert.Equal(
            "A client holds this message (delivery 1). If the client does not acknowledge it within 60 seconds, it is "
                + "delivered again.",
            await WhyAsync(id)
        );
    }

    [Fact]
    public async Task No_worker_may_offer_the_method_of_messages_R22()
    {
        var offer = new Offer(MessageMethod.Name, 1, "{}");

        var registered = await _shard.AskAsync<Response.MethodsRegistered>(new Command.RegisterMethods([offer]));

        Assert.Equal(
            "The name 'message' is reserved for messages, which clients pull. Offer the method under another name.",
            registered.Refused[new MethodRef(MessageMethod.Name, 1)]
        );
    }

    [Fact]
    public async Task A_job_of_another_method_is_never_delivered_as_a_message()
    {
        await _shard.SendAndWakeAsync(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]));
        await PutAsync(spec => spec with { Method = new MethodName("noop") });

        Assert.Empty(await PullAsync(10));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_message_ends_once_whatever_clients_do_R28(int seed)
    {
        var random = RandomSeed.Print(seed);
        var (put, acknowledged) = (new HashSet<JobId>(), new List<JobId>());
        var held = new List<IReadOnlyList<JobRow>>();
        for (var round = 0; round < 80; round++)
        {
            for (var i = random.Next(4); i > 0; i--)
                put.Add(await PutAsync());
            if (random.Next(10) == 0)
                await StartAsync();
            if (random.Next(8) == 0)
                await _shard.AdvanceAsync(Lease / 2);
            held.Add(await PullAsync(random.Next(1, 5)));
            var chosen = held[random.Next(held.Count)];
            foreach (var message in chosen)
                if (random.Next(4) == 0)
                    await ReleaseAsync([message]);
                else if ((await AcknowledgeAsync([message])).Deliveries == 1)
                    acknowledged.Add(message.Id);
        }
        await _shard.AdvanceAsync(2 * Lease);
        while (await PullAsync(7) is { Count: > 0 } rest)
            acknowledged.AddRange((await AcknowledgeAsync(rest)).Deliveries == rest.Count ? Ids(rest) : []);

        var rows = await _store.ReadAsync(
            [.. put.Select(id => new RowKey.Ended(id))],
            TestContext.Current.CancellationToken
        );
        var succeeded = rows.OfType<DoneRow>().Where(row => row.Job.Status.State == JobState.Succeeded);
        Assert.Equal(put.Count, rows.Count);
        Assert.Equal(succeeded.Select(row => row.Job.Id).Order(), acknowledged.Order());
    }

    private async Task StartAsync() =>
        _shard = await ShardDriver.StartAsync(_store, _shard?.Wall ?? new Instant(1_800_000_000_000_000));

    private static JobSpec Spec(string queue = "alerts") =>
        new()
        {
            Queue = new QueueName(queue),
            Method = MessageMethod.Name,
            Owner = "admin",
        };

    private async Task<JobId> PutAsync(Func<JobSpec, JobSpec>? change = null, string queue = "alerts")
    {
        var spec = Spec(queue);
        var submit = new Command.Submit([new NewJob(change?.Invoke(spec) ?? spec, default)]);
        return (await _shard.AskAsync<Response.Submitted>(submit)).Results[0].Id;
    }

    private static Command.PullMessages Pull(int maxCount, TimeSpan wait = default) =>
        new(Queue, maxCount, Lease) { Wait = wait };

    private async Task<IReadOnlyList<JobRow>> PullAsync(int maxCount) =>
        (await _shard.AskAsync<Response.MessagesPulled>(Pull(maxCount))).Messages;

    private Task<Response.Settled> AcknowledgeAsync(IReadOnlyList<JobRow> messages) => SettleAsync(messages, true);

    private Task<Response.Settled> ReleaseAsync(IReadOnlyList<JobRow> messages) => SettleAsync(messages, false);

    private Task<Response.Settled> SettleAsync(IReadOnlyList<JobRow> messages, bool acknowledges) =>
        _shard.AskAsync<Response.Settled>(
            new Command.SettleMessages(
                Queue,
                [.. messages.Select(row => new LeaseToken(row.Id, row.Status.Attempt))],
                acknowledges
            )
        );

    private Task<Response.RegistryWritten> ConfigureAsync(QueueSettings settings) =>
        _shard.AskAsync<Response.RegistryWritten>(
            new Command.WriteRegistry([
                new RegistryWrite.Put(QueueSettings.Kind, Queue.Text, settings.ToJson(), RegistryWrite.AnyVersion),
            ])
        );

    private async Task<string?> WhyAsync(JobId id) =>
        (await _shard.AskAsync<Response.Live>(new Command.GetJob(id, TimeSpan.Zero))).Explanation;

    private static List<JobId> Ids(IReadOnlyList<JobRow> rows) => [.. rows.Select(row => row.Id)];
}
