using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Server.Queues;
using Headrace.Server.Sweeps;
using Headrace.Server.Telemetry;
using Headrace.Storage.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Shards;

/// <summary>
/// Tests that a server loop logs an unexpected exception and continues. If a loop ended, the host would ask the whole
/// server to stop.
/// </summary>
public sealed class BackgroundLoopTests : IAsyncDisposable
{
    private static readonly TimeSpan AnyPeriod = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly LinesOfLog _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MemoryJobStore _store = MemoryJobStore.Create(TimeProvider.System);
    private int _answered;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData("sweeps")]
    [InlineData("retention")]
    [InlineData("gauges")]
    public async Task A_loop_logs_a_failed_turn_and_continues_with_the_next(string name)
    {
        using var logs = LoggerFactory.Create(_log.To);
        var router = new FaultyRouter(new TwoShards(Answer, Answer)) { Fails = _ => true };
        using var gauges = new StateGauges(
            _services.GetRequiredService<IMeterFactory>(),
            router,
            _store,
            new BrokerOptions(),
            _time
        );
        using BackgroundService loop = name switch
        {
            "sweeps" => new SweepLoop(router, _store, _time, logs.CreateLogger<SweepLoop>()),
            "retention" => new RetentionLoop(router, _time, logs.CreateLogger<RetentionLoop>()),
            _ => new GaugeLoop([gauges], _time, logs.CreateLogger<GaugeLoop>()),
        };

        await loop.StartAsync(Stop);
        await Eventually.HoldsAsync(
            "the failed turn in the log",
            () => _log.Lines.Any(line => line.StartsWith("Error:", StringComparison.Ordinal))
        );
        router.Fails = null;
        await Eventually.HoldsAsync(
            "the next turn",
            () =>
            {
                _time.Advance(AnyPeriod);
                return Volatile.Read(ref _answered) > 0;
            }
        );

        Assert.False(loop.ExecuteTask!.IsCompleted);
        await loop.StopAsync(Stop);
        Assert.True(loop.ExecuteTask.IsCompletedSuccessfully);
        Assert.DoesNotContain(_log.Lines, line => line.Contains("secret-", StringComparison.Ordinal));
    }

    private Response Answer(Command command)
    {
        Interlocked.Increment(ref _answered);
        return command switch
        {
            Command.ListSweeps => new Response.Sweeps([]),
            Command.DeleteExpired => new Response.ExpiredDeleted(0, HasMore: false),
            Command.ListQueues => new Response.Queues([]),
            Command.ListWorkers => new Response.Workers([]),
            _ => throw new InvalidOperationException($"Unexpected command {command.GetType().Name}."),
        };
    }
}
