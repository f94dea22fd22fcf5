using Headrace.Client;

namespace Headrace.Bridges;

/// <summary>
/// Keeps a bridge running: connects to the broker, runs the pumps until one of them fails, and tries again after a
/// delay. A stopped bridge leaves in the broker and in the feed what it has not settled.
/// </summary>
/// <param name="bridge">The definition of the bridge.</param>
/// <param name="store">The identity of the server's store, which separates bridges of different servers.</param>
/// <param name="connector">Connects to the broker.</param>
/// <param name="connect">Creates a client of the server that has the key of this bridge.</param>
/// <param name="progress">Receives what the bridge does.</param>
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
    /// <summary>The delay before the second try. It doubles with each failure that follows.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>A broker that is back is used again after this time at the latest.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(10);

    /// <summary>A bridge that has run for this long begins again with the first delay.</summary>
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);

    /// <summary>Runs the bridge until cancelled. <paramref name="onFailure"/> is called with each new error.</summary>
    public async Task RunAsync(Action<string> onFailure, CancellationToken stop)
    {
        var delay = FirstDelay;
        string? reported = null;
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                await RunOnceAsync(stop);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A failure of one bridge must not end the server or the other bridges.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                progress.Failed(failure.Message);
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

    private async Task RunOnceAsync(CancellationToken stop)
    {
        await using var broker = await connector.ConnectAsync(
            bridge with
            {
                Password = BrokerPassword.Of(bridge),
            },
            store,
            stop
        );
        using var server = await connect(stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        progress.Connected(broker.Warnings);
        var parts = new List<Task> { CountAsync(broker, server, either.Token) };
        if (broker.Source is { } source)
            parts.Add(new InboundPump(bridge, source, server, progress, time).RunAsync(either.Token));
        if (broker.Target is { } target)
            parts.Add(new OutboundPump(bridge, target, server, progress).RunAsync(either.Token));
        var first = await Task.WhenAny(parts);
        await either.CancelAsync();
        // The failure of the first part is the cause; the others end because of it.
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    /// <summary>Counts what waits on both sides, for people and metrics.</summary>
    private async Task CountAsync(IBroker broker, HeadraceClient server, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(CountInterval, time);
        do progress.Counted(
            broker.Source is { } source ? await source.CountAsync() : null,
            broker.Target is null ? null : (await server.Feeds.GetAsync(bridge.Feed, stop)).Lag
        );
        while (await timer.WaitForNextTickAsync(stop));
    }
}
