using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Protocol.Local;
using Headrace.Server.Accounts;
using Headrace.Server.Bridges;
using Headrace.Server.Intake;
using Headrace.Server.Pools;
using Headrace.Server.Pools.Local;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Headrace.Server.Shards;
using Headrace.Server.Telemetry;
using Headrace.Server.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// A server in this process. It starts its components in order and stops them in reverse order. Disposing of the server
/// abandons running jobs; <see cref="StopAsync"/> waits for them first.
/// </summary>
internal sealed class HeadraceServer : IAsyncDisposable
{
    /// <summary>
    /// Time limit for the last commit when the server stops. If the commit takes longer, the disk is assumed to be
    /// hanging, and the server stops without waiting for the commit.
    /// </summary>
    private static readonly TimeSpan LastCommitTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Time limit for stopping the webhooks when the server stops: one second for the messages that are being sent,
    /// plus the commit of their acknowledgements.
    /// </summary>
    private static readonly TimeSpan WebhookStopTimeout = TimeSpan.FromSeconds(3);

    private readonly ServerOptions _options;
    private readonly ServerData _data;
    private readonly ServerSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly ShardMailbox _mailbox;
    private readonly IShardRouter _router;
    private readonly LocalPools _pools;
    private readonly Scaler _scaler;
    private readonly WebApplication _app;
    private readonly bool _writesRunningServer;
    private readonly DiskSpaceMonitor? _diskSpace;
    private readonly CancellationTokenSource _abortLoad = new();
    private readonly CancellationTokenSource _poolStop = new();
    private readonly CancellationTokenSource _monitorStop = new();
    private readonly CancellationTokenSource _bridgeStop = new();
    private readonly Task<string?> _loop;
    private Task _poolRun = Task.CompletedTask;
    private Task _bridgeRun = Task.CompletedTask;
    private Task _diskSpaceRun = Task.CompletedTask;
    private Task _filesRun = Task.CompletedTask;
    private Task _schemasRun = Task.CompletedTask;

    /// <summary>Null until the server listens.</summary>
    private PublishedFiles? _files;
    private bool _closed;

    private HeadraceServer(ServerOptions options, ServerData data, ServerDependencies parts)
    {
        (_options, _data, _writesRunningServer, _time) = (options, data, parts.WritesRunningServer, parts.Time);
        _mailbox = new ShardMailbox(parts.Time);
        _router = parts.WrapRouter(new SingleShardRouter(_mailbox));
        var limits = new BrokerOptions
        {
            Lease = options.Lease,
            MaxJobs = options.MemoryJobs,
            MaxResidentBytes = options.MemoryBytes,
            MaxQueueJobs = options.QueueJobs,
            MaxQueueBytes = options.QueueBytes,
        };
        _secrets = ServerSecrets.Read(options, data.Folder.Path);
        var workerKeys = new WorkerKeys(() => _secrets.Worker, data.Store.Store.Store.Id);
        _app = Composition.Build(
            options,
            data.Socket,
            Listening.MaxConnections(options),
            parts.Logging,
            services =>
                services
                    .AddSingleton(options)
                    .AddSingleton(limits)
                    .AddSingleton(parts.Time)
                    .AddSingleton(data.Store.Store)
                    .AddSingleton(_mailbox)
                    .AddSingleton(_router)
                    .AddSingleton(workerKeys)
                    .AddSingleton<IEffectObserver, EffectLog>()
                    .AddSingleton(new BridgeServer(data.Store.Store.Store.Id.Text, WorkerAddress))
                    .AddSingleton<ClockWarning>()
                    .AddSingleton<IEffectObserver>(service => service.GetRequiredService<ClockWarning>())
                    .AddPools(options, data.Socket, workerKeys.Issue, WorkerAddress)
        );
        _pools = _app.Services.GetRequiredService<LocalPools>();
        _scaler = _app.Services.GetRequiredService<Scaler>();
        var logs = _app.Services.GetRequiredService<ILoggerFactory>();
        if (Ballast.Of(options) is { } ballast)
            _diskSpace = new DiskSpaceMonitor(
                new StorageGate(data.Folder.Path, options.StorageReserve),
                ballast,
                data.Store.Store,
                _mailbox,
                parts.Time,
                logs.CreateLogger<DiskSpaceMonitor>()
            );
        var loop = new ShardLoop(
            () => new Broker(limits),
            data.Store with
            {
                Room = _diskSpace,
                Meters = _app.Services.GetRequiredService<CommitMeters>(),
            },
            _mailbox,
            [.. _app.Services.GetServices<IEffectObserver>()],
            parts.Time,
            logs.CreateLogger<ShardLoop>()
        );
        Loaded = loop.Loaded;
        _loop = RunAsync(loop);
        Ready = new ServerReady("", data.Socket, data.Folder.Path, _pools.Complete);
    }

    public ServerReady Ready { get; private set; }

    /// <summary>The first pool, which is the only one unless the options define several.</summary>
    public LocalPool Pool => _pools.All[0];

    /// <summary>The configured pools.</summary>
    public IReadOnlyList<ManagedPool> Pools => _pools.Managed;

    public ShardMailbox Mailbox => _mailbox;

    public IShardRouter Router => _router;

    public IJobStore JobStore => _data.Store.Store;

    public IRegistry Registry => Services.GetRequiredService<IRegistry>();

    /// <summary>The components of the server, for tests and measurements.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Every mapped route.</summary>
    public IReadOnlyList<RouteEndpoint> Routes =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    /// <summary>
    /// Completes when the server ends. The result is the reason for a failure, or null after a normal stop.
    /// </summary>
    public Task<string?> Ended => _loop;

    private Task Loaded { get; }

    /// <summary>
    /// Starts a server. When this method returns, the store is loaded and the server is listening. If the server cannot
    /// start, throws <see cref="StartRefusedException"/> with a message for the user.
    /// </summary>
    public static async Task<HeadraceServer> StartAsync(
        ServerOptions options,
        ServerDependencies parts,
        CancellationToken cancellationToken
    )
    {
        if (options.Validate() is { Count: > 0 } faults)
            throw new StartRefusedException(ServerExit.Usage, string.Join(" ", faults));
        var data = await ServerData.OpenAsync(options, parts, cancellationToken);
        HeadraceServer? server = null;
        try
        {
            server = new HeadraceServer(options, data, parts);
            await server.ServeAsync(cancellationToken);
            return server;
        }
        catch
        {
            if (server is not null)
                await server.DisposeAsync();
            else
                await data.AbandonAsync();
            throw;
        }
    }

    /// <summary>
    /// Drains and stops the server: rejects new jobs, waits until the local workers have finished their jobs and
    /// exited, and then closes everything. Cancelling <paramref name="abandon"/> ends the wait for running jobs.
    /// </summary>
    public async Task StopAsync(CancellationToken abandon)
    {
        if (_closed)
            return;
        // The bridges stop first, while they can still settle the messages that the server has accepted.
        await StopBridgesAsync();
        _mailbox.CloseToClients("The server is stopping and does not accept new jobs.");
        await _poolStop.CancelAsync();
        await _poolRun;
        await _pools.DrainAsync(_options.DrainGrace, abandon);
        await CloseAsync();
    }

    /// <summary>
    /// Closes the server without stopping local workers. They try to reconnect during the orphan grace period and
    /// continue under the next server. Used when the store has failed.
    /// </summary>
    public async Task DetachAsync()
    {
        await StopBridgesAsync();
        await _poolStop.CancelAsync();
        await _poolRun;
        await CloseAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private async Task<string?> RunAsync(ShardLoop loop)
    {
        var why = await loop.RunAsync(_abortLoad.Token);
        if (why is not null)
            _data.End?.Write(why);
        return why ?? _files?.FolderLost;
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        await Listening.StartAsync(_app, _options, cancellationToken);
        _files = new PublishedFiles(
            _data.Folder,
            _data.Socket,
            _app.Services.GetRequiredService<LocalSocketTransport>(),
            _time,
            _app.Services.GetRequiredService<ILoggerFactory>()
        );
        try
        {
            await Loaded.WaitAsync(cancellationToken);
        }
        catch (MailboxClosedException failed)
        {
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The store in {_data.Folder.Path} cannot be loaded: {failed.Message}"
            );
        }
        await _secrets.LoadAsync(
            Registry,
            _app.Services.GetRequiredService<AuditLog>(),
            _time,
            _app.Services.GetRequiredService<ILogger<ServerSecrets>>(),
            _loop,
            cancellationToken
        );
        _data.End?.OnServing();
        _data.Folder.Watch(_options.Store == StoreKind.Memory ? null : JobStores.FileOf(_options));
        _schemasRun = _app.Services.GetRequiredService<StoredSchemas>().CheckAsync(_monitorStop.Token);
        if (_diskSpace is not null)
            _diskSpaceRun = _diskSpace.RunAsync(_monitorStop.Token);
        Ready = Ready with
        {
            Key = _secrets.AdminKey,
            Url = _app.Urls.First(url => url.StartsWith("http://127", StringComparison.Ordinal)),
            // The address specified by --listen is bound last.
            NetworkUrl = _options.Network.Listen is null ? null : _app.Urls.Last(),
        };
        // The pools start before the methods are registered, because registration waits while the store rejects
        // commits, and workers left by an earlier server must be supervised during that time.
        _poolRun = Task.WhenAll(_pools.RunAsync(_poolStop.Token), _scaler.RunAsync(_options.Lease, _poolStop.Token));
        await PoolComposition.RegisterMethodsAsync(_options.Methods, _mailbox, cancellationToken);
        if (_writesRunningServer)
            _files.Announce(
                new RunningServer(Ready.Url, Ready.Socket, Ready.Data, JobStore.Store.Id.Text, Environment.ProcessId)
            );
        _bridgeRun = _app.Services.GetRequiredService<BridgeSupervisor>().RunAsync(_bridgeStop.Token);
        // If the data folder is lost, rejects every request and ends the shard loop.
        _filesRun = _files.MonitorAsync(_secrets, _mailbox.Close, _monitorStop.Token);
    }

    /// <summary>
    /// Returns the address that a worker or bridge that starts now should use: the socket, or the port if the socket
    /// was deleted and cannot be created again.
    /// </summary>
    private string WorkerAddress() => _files is { IsSocketLost: true } ? Ready.Url : $"unix:{Ready.Socket}";

    private async Task StopBridgesAsync()
    {
        await _bridgeStop.CancelAsync();
        await _bridgeRun;
    }

    private async Task CloseAsync()
    {
        _closed = true;
        await _monitorStop.CancelAsync();
        await Task.WhenAll(_diskSpaceRun, _filesRun, _schemasRun);
        _files?.Withdraw();
        // The webhooks stop before the mailbox closes, so that messages that their receivers accepted can still be
        // acknowledged.
        using (var limit = new CancellationTokenSource(WebhookStopTimeout))
            await _app.Services.GetRequiredService<WebhookLoop>().StopAsync(limit.Token);
        _mailbox.Close("The server is stopping.");
        await _abortLoad.CancelAsync();
        await Task.WhenAny(_loop, Task.Delay(LastCommitTimeout));
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        // A commit that hangs is still using the job store and the lock. Both are released when the process ends, so no
        // other server can open the store until then.
        if (!_loop.IsCompleted)
            return;
        await _data.CloseAsync(hasFailed: await _loop is not null);
        _abortLoad.Dispose();
        _poolStop.Dispose();
        _monitorStop.Dispose();
        _bridgeStop.Dispose();
    }
}
