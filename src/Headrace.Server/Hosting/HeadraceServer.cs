using System.Net.Sockets;
using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Headrace.Server.Pools;
using Headrace.Server.Pools.Local;
using Headrace.Server.Security;
using Headrace.Server.Shards;
using Headrace.Storage.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// A server in this process. It starts its components in order and stops them in reverse order. Disposing the server
/// abandons running jobs; <see cref="StopAsync"/> waits for them first.
/// </summary>
internal sealed class HeadraceServer : IAsyncDisposable
{
    /// <summary>
    /// Time limit for the last commit when the server stops. If the commit takes longer, the disk is assumed to hang,
    /// and the server stops without waiting for it.
    /// </summary>
    private static readonly TimeSpan LastCommitTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The orphan grace period of workers when the server uses the memory store. The store is lost when the server
    /// ends, and the next server uses another socket, so these workers cannot reconnect.
    /// </summary>
    private static readonly TimeSpan MemoryStoreGrace = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _options;
    private readonly DataFolder _folder;
    private readonly OwnedStore _store;
    private readonly TimeProvider _time;
    private readonly ShardMailbox _mailbox;
    private readonly IShardRouter _router;
    private readonly LocalPools _pools;
    private readonly Scaler _scaler;
    private readonly WebApplication _app;
    private readonly LocalSocketTransport _sockets;
    private readonly bool _writesRunningServer;
    private readonly CrashMarker? _end;
    private readonly DiskSpaceMonitor? _diskSpace;
    private readonly CancellationTokenSource _abortLoad = new();
    private readonly CancellationTokenSource _poolStop = new();
    private readonly CancellationTokenSource _monitorStop = new();
    private readonly Task<string?> _loop;
    private Task _poolRun = Task.CompletedTask;
    private Task _diskSpaceRun = Task.CompletedTask;
    private Task _filesRun = Task.CompletedTask;
    private RunningServerFile? _runningServer;
    private SocketFile? _socketFile;

    /// <summary>Why the data folder is lost; null while it exists. Written by the file monitor.</summary>
    private volatile string? _folderLost;
    private bool _closed;

    private HeadraceServer(
        ServerOptions options,
        DataFolder folder,
        OwnedStore store,
        CrashMarker? end,
        string socket,
        ServerDependencies parts
    )
    {
        (_options, _folder, _store, _end) = (options, folder, store, end);
        (_writesRunningServer, _time) = (parts.WritesRunningServer, parts.Time);
        _mailbox = new ShardMailbox(parts.Time);
        _router = new SingleShardRouter(_mailbox);
        var limits = new BrokerOptions
        {
            Lease = options.Lease,
            MaxJobs = options.MemoryJobs,
            MaxResidentBytes = options.MemoryBytes,
            MaxQueueJobs = options.QueueJobs,
            MaxQueueBytes = options.QueueBytes,
        };
        var key = KeyOf(folder);
        _app = Composition.Build(
            options,
            socket,
            ConnectionsOf(options),
            parts.Logging,
            services =>
                services
                    .AddSingleton(options)
                    .AddSingleton(limits)
                    .AddSingleton(parts.Time)
                    .AddSingleton(store.Store)
                    .AddSingleton(_mailbox)
                    .AddSingleton(_router)
                    .AddSingleton(new AdminIdentity(key))
                    .AddSingleton(service => new LocalPools(
                        options.AllPools,
                        WorkersOf(options, socket, key) with
                        {
                            Reach = WorkerAddress,
                        },
                        _router,
                        parts.Time,
                        service.GetRequiredService<ILogger<LocalPool>>()
                    ))
                    .AddSingleton<IEffectObserver, EffectLog>()
                    .AddSingleton<ClockWarning>()
                    .AddSingleton<IEffectObserver>(service => service.GetRequiredService<ClockWarning>())
                    .AddSingleton<IEffectObserver>(service => service.GetRequiredService<LocalPools>())
                    .AddSingleton<IReadOnlyList<ManagedPool>>(service =>
                        ManagedPools(options, service.GetRequiredService<LocalPools>())
                    )
        );
        _pools = _app.Services.GetRequiredService<LocalPools>();
        _sockets = _app.Services.GetRequiredService<LocalSocketTransport>();
        var logs = _app.Services.GetRequiredService<ILoggerFactory>();
        _scaler = new Scaler(
            _app.Services.GetRequiredService<IReadOnlyList<ManagedPool>>(),
            _router,
            options.ScalingCheck,
            parts.Time,
            logs.CreateLogger<Scaler>()
        );
        if (BallastOf(options) is { } ballast)
            _diskSpace = new DiskSpaceMonitor(
                new StorageGate(folder.Path, options.StorageReserve),
                ballast,
                store.Store,
                _mailbox,
                parts.Time,
                logs.CreateLogger<DiskSpaceMonitor>()
            );
        var loop = new ShardLoop(
            () => new Broker(limits),
            store with
            {
                Room = _diskSpace,
            },
            _mailbox,
            [.. _app.Services.GetServices<IEffectObserver>()],
            parts.Time,
            logs.CreateLogger<ShardLoop>()
        );
        Loaded = loop.Loaded;
        _loop = RunAsync(loop);
        Ready = new ServerReady("", socket, folder.Path, key, _pools.Complete);
    }

    public ServerReady Ready { get; private set; }

    /// <summary>The first pool. It is the only one unless the options define several.</summary>
    public LocalPool Pool => _pools.All[0];

    public ShardMailbox Mailbox => _mailbox;

    public IShardRouter Router => _router;

    public IJobStore Journal => _store.Store;

    /// <summary>Every mapped route.</summary>
    public IReadOnlyList<RouteEndpoint> Routes =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    /// <summary>
    /// Completes when the server ends. The result is the reason if the server failed, or null after a normal stop.
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
        var folder = DataFolder.Lock(options.Data);
        IJobStore? jobStore = null;
        HeadraceServer? server = null;
        try
        {
            var end =
                options.Store == StoreKind.Memory
                    ? null
                    : new CrashMarker(folder.Path, JobStores.FileOf(options), parts.Time);
            if (end is { NeedsCheck: true })
                await CheckAsync(end, parts);
            jobStore = parts.Journal(options, parts.Time);
            var epoch = await OpenAsync(jobStore, BallastOf(options), cancellationToken);
            end?.Create();
            var socket = await PrepareSocketAsync(jobStore.Store.Id, folder, parts, cancellationToken);
            server = new HeadraceServer(options, folder, new OwnedStore(jobStore, epoch), end, socket, parts);
            await server.ServeAsync(cancellationToken);
            return server;
        }
        catch
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
            else
            {
                if (jobStore is not null)
                    await jobStore.DisposeAsync();
                folder.Dispose();
            }
            throw;
        }
    }

    /// <summary>
    /// Drains and stops the server: it rejects new jobs, waits until local workers have finished their jobs and exited,
    /// and then closes everything. Cancelling <paramref name="abandon"/> ends the wait for running jobs.
    /// </summary>
    public async Task StopAsync(CancellationToken abandon)
    {
        if (_closed)
            return;
        _mailbox.CloseToClients("The server is stopping and does not accept new jobs.");
        await _poolStop.CancelAsync();
        await _poolRun;
        await _pools.DrainAsync(_options.DrainGrace, abandon);
        await CloseAsync();
    }

    /// <summary>
    /// Closes the server without stopping local workers. They try to reconnect for the orphan grace period and continue
    /// under the next server. Used when the store has failed.
    /// </summary>
    public async Task DetachAsync()
    {
        await _poolStop.CancelAsync();
        await _poolRun;
        await CloseAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private static async Task CheckAsync(CrashMarker end, ServerDependencies parts)
    {
        using var logs = LogsBeforeHost(parts);
        await end.CheckAsync(logs.CreateLogger<CrashMarker>());
    }

    private static async Task<string> PrepareSocketAsync(
        StoreId store,
        DataFolder folder,
        ServerDependencies parts,
        CancellationToken cancellationToken
    )
    {
        using var logs = LogsBeforeHost(parts);
        return await LocalSocket.PrepareAsync(
            store,
            folder.Path,
            logs.CreateLogger(typeof(LocalSocket)),
            cancellationToken
        );
    }

    /// <summary>
    /// Creates the loggers for the steps that run before the host exists. The host has its own loggers.
    /// </summary>
    private static ILoggerFactory LogsBeforeHost(ServerDependencies parts) =>
        LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton(parts.Time);
            parts.Logging(logging);
        });

    private static List<ManagedPool> ManagedPools(ServerOptions options, LocalPools local)
    {
        IReadOnlyList<MethodRef>? offers =
            options.Methods.Count == 0
                ? null
                : [.. options.Methods.Select(method => new MethodRef(new MethodName(method.Name), method.Version))];
        return [.. options.AllPools.Zip(local.All, (terms, provider) => new ManagedPool(terms, provider, offers))];
    }

    private static string KeyOf(DataFolder folder)
    {
        try
        {
            return AdminKey.LoadOrCreate(folder.Path);
        }
        catch (HeadraceException unusable)
        {
            throw new StartRefusedException(ServerExit.Refused, unusable.Message);
        }
    }

    private static long ConnectionsOf(ServerOptions options)
    {
        var (descriptors, workers) = (Unix.DescriptorLimit(), options.AllPools.Sum(pool => pool.Policy.Max));
        return ConnectionLimit.PerEndpoint(descriptors, workers)
            ?? throw new StartRefusedException(ServerExit.Refused, ConnectionLimit.Refusal(descriptors, workers));
    }

    private static LocalWorkers WorkersOf(ServerOptions options, string socket, string key) =>
        new(
            options.WorkerCommand,
            $"unix:{socket}",
            key,
            options.Store == StoreKind.Memory && options.OrphanGrace > MemoryStoreGrace
                ? MemoryStoreGrace
                : options.OrphanGrace,
            options.Lease
        );

    private static Ballast? BallastOf(ServerOptions options) =>
        options.Store == StoreKind.Memory
            ? null
            : new Ballast(Path.Combine(Path.GetFullPath(options.Data), "ballast"), options.StorageReserve);

    private static async Task<Epoch> OpenAsync(
        IJobStore jobStore,
        Ballast? ballast,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await jobStore.OpenAsync(
                new StoreOwner(Environment.MachineName, Environment.ProcessId),
                cancellationToken
            );
        }
        catch (SqliteStoreException full) when (full.DiskFull && ballast?.TryRelease() == true)
        {
            // Releasing the ballast lets a server start on a full disk, so that the outcomes of running jobs can be
            // recorded.
            return await OpenAsync(jobStore, null, cancellationToken);
        }
        catch (HeadraceException refused)
        {
            throw new StartRefusedException(ServerExit.Refused, refused.Message);
        }
    }

    private async Task<string?> RunAsync(ShardLoop loop)
    {
        var why = await loop.RunAsync(_abortLoad.Token);
        if (why is not null)
            _end?.Write(why);
        return why ?? _folderLost;
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new StartRefusedException(
                ServerExit.Refused,
                $"Port {_options.Port} of 127.0.0.1 is in use. Stop the program that listens on it, or choose "
                    + "another port with --port; 0 selects a free port."
            );
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"User {Environment.UserName} is not allowed to listen on port {_options.Port}. Choose a port "
                    + "from 1024 to 65535 with --port."
            );
        }
        _socketFile = new SocketFile(Ready.Socket, _sockets, _app.Services.GetRequiredService<ILogger<SocketFile>>());
        try
        {
            await Loaded.WaitAsync(cancellationToken);
        }
        catch (MailboxClosedException failed)
        {
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The store in {_folder.Path} cannot be loaded: {failed.Message}"
            );
        }
        _end?.OnServing();
        _folder.Watch(_options.Store == StoreKind.Memory ? null : JobStores.FileOf(_options));
        if (_diskSpace is not null)
            _diskSpaceRun = _diskSpace.RunAsync(_monitorStop.Token);
        Ready = Ready with { Url = _app.Urls.First(url => url.StartsWith("http://127", StringComparison.Ordinal)) };
        // The pools start before the methods are registered, because registration waits while the store rejects
        // commits, and workers of an earlier server must be supervised during that time.
        _poolRun = Task.WhenAll(_pools.RunAsync(_poolStop.Token), _scaler.RunAsync(_options.Lease, _poolStop.Token));
        if (_options.Methods.Count > 0)
            await RegisterMethodsAsync(cancellationToken);
        if (_writesRunningServer)
        {
            _runningServer = new RunningServerFile(
                new RunningServer(
                    Ready.Url,
                    Ready.Socket,
                    Ready.Data,
                    _store.Store.Store.Id.Text,
                    Environment.ProcessId
                ),
                _app.Services.GetRequiredService<ILogger<RunningServerFile>>()
            );
            _runningServer.Restore();
        }
        _filesRun = MonitorFilesAsync();
    }

    /// <summary>Rejects every request and ends the loop of the shard when the data folder is lost.</summary>
    private async Task MonitorFilesAsync()
    {
        var monitor = new FileMonitor(
            _folder,
            Ready.Key,
            _socketFile!,
            _runningServer,
            _time,
            _app.Services.GetRequiredService<ILogger<FileMonitor>>()
        );
        if (await monitor.RunAsync(_monitorStop.Token) is not { } lost)
            return;
        _folderLost = lost.Detail;
        _mailbox.Close(lost);
    }

    /// <summary>
    /// The address for a worker that starts now. It is the socket, or the port if the socket was deleted and cannot be
    /// created again.
    /// </summary>
    private string WorkerAddress() => _socketFile is { IsLost: true } ? Ready.Url : $"unix:{Ready.Socket}";

    private async Task RegisterMethodsAsync(CancellationToken cancellationToken)
    {
        var methods = new Command.RegisterMethods([
            .. _options.Methods.Select(m => new Offer(new MethodName(m.Name), m.Version, m.Schema)),
        ]);
        // Without this registration, the server would reject every job for a pool whose first worker has not started.
        if (await _mailbox.SendAsync(methods, cancellationToken) is Response.Rejected rejected)
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The methods of the worker program could not be registered: {rejected.Rejection.Detail}"
            );
    }

    private async Task CloseAsync()
    {
        _closed = true;
        await _monitorStop.CancelAsync();
        await Task.WhenAll(_diskSpaceRun, _filesRun);
        _runningServer?.Delete();
        _mailbox.Close("The server is stopping.");
        await _abortLoad.CancelAsync();
        await Task.WhenAny(_loop, Task.Delay(LastCommitTimeout));
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        // A commit that hangs still uses the job store and the lock. Both are released when the process ends, so no
        // other server can open the store before then.
        if (!_loop.IsCompleted)
            return;
        LocalSocket.Delete(Ready.Socket);
        await _store.Store.DisposeAsync();
        if (await _loop is null)
            _end?.Delete();
        _folder.Dispose();
        _abortLoad.Dispose();
        _poolStop.Dispose();
        _monitorStop.Dispose();
    }
}
