using Headrace.Client;

namespace Headrace.Bridges;

/// <summary>
/// Keeps both sides of a bridge running, independently of each other: connects to the broker, runs the side's pump
/// until it fails, and tries again after a delay. When a bridge stops, unsettled messages stay in the broker, and
/// unacknowledged results stay in the feed.
/// </summary>
/// <param name="bridge">The definition of the bridge.</param>
/// <param name="store">The identity of the server's store, which keeps the bridges of different servers apart.</param>
/// <param name="connector">Connects to the broker.</param>
/// <param name="connect">Creates a server client that uses the key of this bridge.</param>
/// <param name="progress">Receives the progress of the bridge.</param>
/// <param name="time">The clock.</param>
internal sealed class BridgeRunner(
    BridgeDefinition bridge,
    string store,
    IBrokerConnector connector,
    Func<CancellationToken, Task<HeadraceClient>> connect,
    BridgeProgress progress,
    TimeProvider time
)
{
    /// <summary>The delay after the first failure. It doubles with each further failure.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Maximum delay between two attempts, and therefore the longest time before the bridge uses a recovered broker
    /// again.
    /// </summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(10);

    /// <summary>After a side has run for this long, its next failure is again followed by the first delay.</summary>
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);

    /// <summary>Runs the bridge until cancelled. <paramref name="onFailure"/> is called with each new error.</summary>
    public Task RunAsync(Action<string> onFailure, CancellationToken stop)
    {
        progress.Started(bridge.Sides);
        var parts = bridge.Sides.Select(side => KeepRunningAsync(side, onFailure, stop));
        return Task.WhenAll(bridge.To is null ? parts : parts.Append(KeepCountingResultsAsync(stop)));
    }

    /// <summary>
    /// Counts the results waiting in the feed, even while they cannot be published. Failures are ignored here, because
    /// the target side encounters the same failures and reports them.
    /// </summary>
    private async Task KeepCountingResultsAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var server = await connect(stop);
                await CountAsync(
                    async () => progress.CountedResults((await server.Feeds.GetAsync(bridge.Feed, stop)).Lag),
                    stop
                );
            }
#pragma warning disable CA1031 // The next try may succeed.
            catch (Exception)
#pragma warning restore CA1031
            {
                await Task.Delay(CountInterval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task KeepRunningAsync(BridgeSide side, Action<string> onFailure, CancellationToken stop)
    {
        var delay = FirstDelay;
        string? reported = null;
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                await RunOnceAsync(side, stop);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A failure of one side must not end the server, the other side or the other bridges.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                progress.Failed(side, failure.Message);
                if (time.GetElapsedTime(began) > StableAfter)
                    (delay, reported) = (FirstDelay, null);
                if (failure.Message != reported)
                    onFailure(failure.Message);
                reported = failure.Message;
            }
            await Task.Delay(delay, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    private async Task RunOnceAsync(BridgeSide side, CancellationToken stop)
    {
        await using var broker = await connector.ConnectAsync(ForConnection(side), store, stop);
        using var server = await connect(stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        progress.Connected(side, broker.Warnings);
        Task[] parts = side switch
        {
            BridgeSide.Source =>
            [
                new InboundPump(bridge, broker.Source!, server, progress, time).RunAsync(either.Token),
                CountAsync(async () => progress.CountedMessages(await broker.Source!.CountAsync()), either.Token),
            ],
            _ => [new OutboundPump(bridge, broker.Target!, server, progress).RunAsync(either.Token)],
        };
        var first = await Task.WhenAny(parts);
        await either.CancelAsync();
        // The exception of the part that ended first is the actual cause; the other part was only cancelled.
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private BridgeDefinition ForConnection(BridgeSide side) =>
        bridge.Only(side) with
        {
            Password = BrokerPassword.Of(bridge),
        };

    /// <summary>Repeatedly counts the waiting messages or results, for display and metrics.</summary>
    private async Task CountAsync(Func<Task> count, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(CountInterval, time);
        do await count();
        while (await timer.WaitForNextTickAsync(stop));
    }
}
