using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

/// <summary>Tests how the server reacts when an observer of committed effects fails.</summary>
public sealed class EffectObserverTests : IAsyncDisposable
{
    private readonly TroubledJobStore _jobStore = new(TimeProvider.System);
    private readonly ShardMailbox _mailbox = new(TimeProvider.System);
    private readonly LinesOfLog _log = new();
    private readonly CountingObserver _other = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _jobStore.DisposeAsync();

    [Fact]
    public async Task A_failed_observer_is_logged_once_and_neither_jobs_nor_other_observers_are_affected()
    {
        var failing = new FailingObserver(isEssential: false);
        var run = await RunAsync(failing);

        for (var i = 0; i < 3; i++)
            Assert.IsType<Response.Submitted>(await SubmitAsync());

        Assert.True(failing.Failures >= 3, $"{failing.Failures}");
        Assert.True(_other.Effects >= failing.Failures, $"{_other.Effects}");
        Assert.Single(
            _log.Lines,
            line => line.StartsWith("Error: The observer FailingObserver failed", StringComparison.Ordinal)
        );
        _mailbox.Close("The test has ended.");
        Assert.Null(await Eventually.EndsAsync("the loop", run));
    }

    [Fact]
    public async Task A_failed_observer_that_keeps_durable_state_ends_the_loop_with_the_reason()
    {
        var run = await RunAsync(new FailingObserver(isEssential: true));

        await Assert.ThrowsAsync<MailboxClosedException>(SubmitAsync);

        Assert.Contains("Broken.", await Eventually.EndsAsync("the loop", run), StringComparison.Ordinal);
    }

    /// <summary>Starts a shard loop in which the method noop is known.</summary>
    private async Task<Task<string?>> RunAsync(FailingObserver failing)
    {
        using var logs = LoggerFactory.Create(_log.To);
        var epoch = await _jobStore.OpenAsync(new StoreOwner("test", 1), Stop);
        var loop = new ShardLoop(
            () => new Broker(new BrokerOptions()),
            new OwnedStore(_jobStore, epoch),
            _mailbox,
            [failing, _other],
            TimeProvider.System,
            logs.CreateLogger<ShardLoop>()
        );
        var run = loop.RunAsync(CancellationToken.None);
        await loop.Loaded;
        await _mailbox.SendAsync(new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]), Stop);
        failing.IsArmed = true;
        return run;
    }

    private Task<Response> SubmitAsync() =>
        _mailbox.SendAsync(
            new Command.Submit([
                new NewJob(
                    new JobSpec
                    {
                        Owner = "admin",
                        Method = new MethodName("noop"),
                        Queue = QueueName.Default,
                    },
                    default
                ),
            ]),
            Stop
        );

    private sealed class FailingObserver(bool isEssential) : IEffectObserver
    {
        public volatile bool IsArmed;

        public int Failures;

        public bool IsEssential => isEssential;

        public void Observe(IReadOnlyList<Effect> effects)
        {
            if (!IsArmed)
                return;
            Interlocked.Increment(ref Failures);
            throw new InvalidOperationException("Broken.");
        }
    }

    private sealed class CountingObserver : IEffectObserver
    {
        public int Effects;

        public void Observe(IReadOnlyList<Effect> effects) => Interlocked.Increment(ref Effects);
    }
}
