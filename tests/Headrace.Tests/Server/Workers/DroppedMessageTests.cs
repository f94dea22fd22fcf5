using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Server.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Server.Workers;

/// <summary>
/// Tests requests whose connection fails while they wait in the mailbox. Such a request has no effect, but a worker's
/// message still indicates that the worker is alive (R8).
/// </summary>
public sealed class DroppedMessageTests : IAsyncLifetime
{
    /// <summary>The time from the arrival of a dropped message until the shard takes it from the mailbox.</summary>
    private static readonly TimeSpan InMailbox = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BeforeArrival = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly TroubledJobStore _jobStore;
    private ServerScene? _scene;

    public DroppedMessageTests() => _jobStore = new TroubledJobStore(_clock);

    private ServerScene Scene => _scene!;

    // The scaler does not run, so that only workers add internal commands while the clock is stopped.
    public async ValueTask InitializeAsync() =>
        _scene = await ServerScene.StartAsync(
            options => options with { ScalingCheck = TimeSpan.FromHours(1) },
            parts => parts with { Time = _clock, CreateJobStore = (_, _) => _jobStore }
        );

    public async ValueTask DisposeAsync()
    {
        _jobStore.Hold?.TrySetResult();
        await Scene.DisposeAsync();
    }

    [Fact]
    public async Task A_dropped_exchange_renews_the_leases_of_its_worker_but_claims_nothing_R7_R8()
    {
        var worker = Scene.Worker();
        var job = await Scene.SubmitAfterJoinAsync(worker);
        var exchange = worker.Next(waitSeconds: 5);

        await DropAsync(worker, exchange);

        Assert.Equal(InMailbox, (await OnlyWorkerAsync()).SinceLastSeen);
        Assert.Equal(JobState.Ready, (await Scene.LiveAsync(job)).Status.State);
        var reply = await worker.SendAsync(exchange);
        Assert.Equal((ulong)job.Value, Assert.Single(reply.Leases).Job);
    }

    [Fact]
    public async Task A_dropped_report_renews_the_leases_of_its_worker_and_its_outcome_is_recorded_later_R6_R8()
    {
        var worker = Scene.Worker();
        var job = await Scene.SubmitAfterJoinAsync(worker);
        var leased = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases);
        var report = worker.Report(WireWorker.Succeeded(leased.Lease, "done"));

        await DropAsync(worker, report);

        Assert.Equal(InMailbox, (await OnlyWorkerAsync()).SinceLastSeen);
        Assert.Equal(JobState.Running, (await Scene.LiveAsync(job)).Status.State);
        var reply = await worker.SendAsync(report);
        Assert.Equal(Wire.Ack.Types.Status.Recorded, Assert.Single(reply.Acks).Status);
    }

    [Fact]
    public async Task A_worker_whose_first_exchange_was_dropped_has_not_joined_and_joins_when_it_is_resent_R9()
    {
        var worker = Scene.Worker();
        var join = worker.Next();

        await DropAsync(worker, join);

        Assert.Empty(await WorkersAsync());
        await worker.SendAsync(join);
        Assert.Equal("w1", (await OnlyWorkerAsync()).Name.Text);
    }

    [Fact]
    public async Task A_dropped_message_of_another_incarnation_renews_no_lease_R8_R9()
    {
        var worker = Scene.Worker();
        await worker.SendAsync(worker.Next());
        var other = Scene.Worker();

        await DropAsync(other, other.Next());

        Assert.Equal(BeforeArrival + InMailbox, (await OnlyWorkerAsync()).SinceLastSeen);
    }

    [Fact]
    public async Task A_dropped_submission_creates_no_job_and_a_dropped_cancellation_cancels_none()
    {
        var worker = Scene.Worker();
        var job = await Scene.SubmitAfterJoinAsync(worker);
        var other = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("echo"),
            Owner = "admin",
        };

        await DropAsync(new Command.Submit([new NewJob(other, default)]));
        await DropAsync(new Command.Cancel(job));

        var queue = Assert.Single(((Response.Queues)await Scene.SendAsync(new Command.ListQueues(default))).Items);
        Assert.Equal(1, queue.Jobs);
        Assert.Equal(StopReason.None, (await Scene.LiveAsync(job)).Status.StopRequest);
    }

    /// <summary>
    /// Sends a worker message while a commit is pending, and closes the connection before the commit ends.
    /// </summary>
    private Task DropAsync(WireWorker worker, Wire.ExchangeRequest message) =>
        WhileCommittingAsync(async () =>
        {
            var (abandoned, before) = (Scene.Server.Mailbox.AbandonedCount, Scene.Server.Mailbox.InternalCount);
            using var hangUp = new CancellationTokenSource();
            var sent = worker.SendUntilAsync(message, hangUp.Token);
            await Eventually.HoldsAsync(
                "the message to be in the mailbox",
                () => Scene.Server.Mailbox.InternalCount > before
            );
            await hangUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
            await Eventually.HoldsAsync(
                "the server to see that the connection is closed",
                () => Scene.Server.Mailbox.AbandonedCount > abandoned
            );
        });

    /// <summary>Sends a client command while a commit is pending, and cancels it before the commit ends.</summary>
    private Task DropAsync(Command command) =>
        WhileCommittingAsync(async () =>
        {
            using var hangUp = new CancellationTokenSource();
            // The command is in the mailbox when this call returns.
            var sent = Scene.Server.Mailbox.SendAsync(command, hangUp.Token);
            await hangUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
        });

    private async Task WhileCommittingAsync(Func<Task> action)
    {
        var held = _jobStore.Held;
        var hold = _jobStore.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = Scene.SendAsync(new Command.RegisterMethods([new Offer(new MethodName($"m{held}"), 1, "{}")]));
        await Eventually.HoldsAsync("a commit to be pending", () => _jobStore.Held > held);
        _clock.Advance(BeforeArrival);
        await action();
        _clock.Advance(InMailbox);
        _jobStore.Hold = null;
        hold.SetResult();
        await Eventually.EndsAsync("the pending commit", pending);
    }

    private async Task<WorkerView> OnlyWorkerAsync() => Assert.Single(await WorkersAsync());

    private async Task<IReadOnlyList<WorkerView>> WorkersAsync() =>
        ((Response.Workers)await Scene.SendAsync(new Command.ListWorkers())).Items;
}
