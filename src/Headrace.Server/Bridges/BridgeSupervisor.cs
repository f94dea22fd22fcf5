using System.Collections.Concurrent;
using System.Threading.Channels;
using Headrace.Bridges;
using Headrace.Bridges.RabbitMq;
using Headrace.Bridges.Redis;
using Headrace.Client;
using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Bridges;

/// <summary>
/// Runs the bridges in the registry. Each bridge runs only once, because only the owner of the store reads its
/// registry. After a change, a bridge is stopped before it starts with its new definition.
/// </summary>
internal sealed partial class BridgeSupervisor(
    BridgeStore bridges,
    BridgeFeeds feeds,
    BridgeKeys keys,
    BridgeServer server,
    TimeProvider time,
    ILogger<BridgeSupervisor> logger
) : IDisposable
{
    /// <summary>
    /// How long a bridge retries a call to its own server. After that, the bridge restarts and recovers the messages
    /// that it had taken from the broker.
    /// </summary>
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The pause before the next attempt to delete feeds that have no bridge.</summary>
    private static readonly TimeSpan OrphanPause = TimeSpan.FromSeconds(1);

    private sealed record Running(long Version, CancellationTokenSource Stop, Task Task);

    /// <summary>The progress of the bridges, by name. It is kept when a bridge is changed or paused.</summary>
    private readonly ConcurrentDictionary<string, BridgeProgress> _progress = new(StringComparer.Ordinal);

    /// <summary>Held while bridges are started or stopped.</summary>
    private readonly SemaphoreSlim _starting = new(1);

    // Guarded by _starting.
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);

    /// <summary>The number of requests in progress that prevent a bridge from running, by bridge name.</summary>
    private readonly ConcurrentDictionary<string, int> _stopped = new(StringComparer.Ordinal);

    /// <summary>
    /// Signals that the registry has changed. Changes that arrive while the loop is busy are combined into one signal.
    /// </summary>
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public BridgeStatus StatusOf(BridgeDefinition bridge)
    {
        var status = ProgressOf(bridge.Name).Read();
        return bridge.Paused ? status with { State = BridgeState.Paused, Reason = null } : status;
    }

    /// <summary>Returns the progress of a bridge since the server started.</summary>
    public BridgeProgress ProgressOf(string name) => _progress.GetOrAdd(name, _ => new BridgeProgress(time));

    public void Dispose() => _starting.Dispose();

    /// <summary>
    /// Stops a bridge if it is running. The bridge does not start again until the result is disposed of.
    /// </summary>
    public async Task<IDisposable> StopAsync(string name, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            _stopped.AddOrUpdate(name, 1, (_, requests) => requests + 1);
            await StopAsync([.. _running.Keys.Where(running => running == name)]);
            return new Restart(this, name);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Runs the bridges until cancelled, and stops all of them before it returns.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = bridges.Watch(() => _changed.Writer.TryWrite(true));
        try
        {
            while (!await TryDeleteOrphansAsync(stop))
                await Task.Delay(OrphanPause, time, stop);
            while (await _changed.Reader.WaitToReadAsync(stop))
            {
                _changed.Reader.TryRead(out _);
                await _starting.WaitAsync(stop);
                try
                {
                    await ReconcileAsync();
                }
                finally
                {
                    _starting.Release();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server is stopping.
        }
        await _starting.WaitAsync(CancellationToken.None);
        await StopAsync([.. _running.Keys]);
    }

    /// <summary>
    /// Deletes the feeds that a crash left without a bridge. Returns false if the store is not available yet.
    /// </summary>
    private async Task<bool> TryDeleteOrphansAsync(CancellationToken stop)
    {
        try
        {
            await feeds.DeleteOrphansAsync(name => bridges.Has(name) || _stopped.ContainsKey(name), stop);
            return true;
        }
#pragma warning disable CA1031 // The next try may succeed. If the loop ended, no bridge would run.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            FeedsNotChecked(logger, failure.Message);
            return false;
        }
    }

    /// <summary>
    /// Stops the bridges that were removed, changed or paused, and starts those that are not running.
    /// </summary>
    private async Task ReconcileAsync()
    {
        var wanted = bridges.All().ToDictionary(bridge => bridge.Definition.Name, StringComparer.Ordinal);
        await StopAsync([
            .. from running in _running
            where wanted.GetValueOrDefault(running.Key)?.Version != running.Value.Version
            select running.Key,
        ]);
        foreach (var name in _progress.Keys.Where(name => !wanted.ContainsKey(name)))
            _progress.TryRemove(name, out _);
        foreach (var (name, bridge) in wanted)
            if (!bridge.Definition.Paused && !_running.ContainsKey(name) && !_stopped.ContainsKey(name))
                Start(bridge);
    }

    private void Start(StoredBridge bridge)
    {
        var stop = new CancellationTokenSource();
        _running[bridge.Definition.Name] = new Running(bridge.Version, stop, RunBridgeAsync(bridge, stop.Token));
    }

    /// <summary>
    /// Requests that all of these bridges stop, then waits for each of them. The caller holds _starting.
    /// </summary>
    private async Task StopAsync(IReadOnlyList<string> names)
    {
        foreach (var name in names)
            await _running[name].Stop.CancelAsync();
        foreach (var name in names)
        {
            await _running[name].Task;
            _running[name].Stop.Dispose();
            _running.Remove(name);
        }
    }

    private async Task RunBridgeAsync(StoredBridge bridge, CancellationToken stop)
    {
        // The loop continues with the other bridges while this one connects.
        await Task.Yield();
        var definition = bridge.Definition;
        Started(logger, definition.Name);
        var key = keys.Issue(definition);
        try
        {
            var runner = new BridgeRunner(
                definition,
                server.Store,
                definition.Broker.Kind == BrokerKind.RabbitMq ? new RabbitMqConnector() : new RedisConnector(time),
                cancellationToken => ConnectAsync(bridge, key, cancellationToken),
                ProgressOf(definition.Name),
                time
            );
            await runner.RunAsync(error => Failed(logger, definition.Name, error), stop);
        }
        finally
        {
            keys.Revoke(key);
            Stopped(logger, definition.Name);
        }
    }

    private async Task<HeadraceClient> ConnectAsync(
        StoredBridge bridge,
        string key,
        CancellationToken cancellationToken
    )
    {
        // An outdated definition must not replace the feed of the current definition.
        if (bridges.Find(bridge.Definition.Name)?.Version != bridge.Version)
            throw new HeadraceException("The bridge has just been changed or removed.");
        if (await feeds.EnsureAsync(bridge.Definition, cancellationToken) is { } problem)
            throw new HeadraceException(problem.Detail);
        return new HeadraceClient(
            new HeadraceClientOptions
            {
                Server = server.Reach(),
                Key = key,
                RetryTimeout = RetryTimeout,
                // The bridge itself waits while the queue is full, so that it can report the wait.
                QueueFullTimeout = TimeSpan.Zero,
            }
        );
    }

    private void Restarts(string name)
    {
        if (_stopped.AddOrUpdate(name, 0, (_, requests) => requests - 1) == 0)
            _stopped.TryRemove(new KeyValuePair<string, int>(name, 0));
        _changed.Writer.TryWrite(true);
    }

    /// <summary>Permits a bridge to run again when disposed of.</summary>
    private sealed class Restart(BridgeSupervisor supervisor, string name) : IDisposable
    {
        public void Dispose() => supervisor.Restarts(name);
    }
}
