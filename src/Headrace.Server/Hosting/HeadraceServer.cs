using System.Net.Sockets;
using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Protocol.Local;
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
/// One server in this process: what it starts, in which order, and in the reverse order what it ends. Disposing
/// abandons what runs; <see cref="StopAsync"/> drains it first.
/// </summary>
internal sealed class HeadraceServer : IAsyncDisposable
{
    /// <summary>
    /// How long the last commit may take when the server stops: past it the disk hangs, and waiting would hang with it.
    /// </summary>
    private static readonly TimeSpan LastCommit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A memory store ends with its server, and the next server has another socket: its workers find nothing to go on
    /// with.
    /// </summary>
    private static readonly TimeSpan MemoryStoreGrace = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _options;
    private readonly DataFolder _folder;
    private readonly OwnedStore _store;
    private readonly ShardDoor _door = new();
    private readonly IShardRouter _router;
    private readonly LocalPools _pools;
    private readonly Scaler _scaler;
    private readonly WebApplication _app;
    private readonly bool _leavesNote;
    private readonly UncleanEnd? _end;
    private readonly RoomWatch? _room;
    private readonly CancellationTokenSource _giveUpLoad = new();
    private readonly CancellationTokenSource _poolStop = new();
    private readonly CancellationTokenSource _roomStop = new();
    private readonly Task<string?> _loop;
    private Task _poolRun = Task.CompletedTask;
    private Task _roomRun = Task.CompletedTask;
    private string? _note;
    private bool _closed;

    private HeadraceServer(
        ServerOptions options,
        DataFolder folder,
        OwnedStore store,
        UncleanEnd? end,
        string socket,
        ServerParts parts
    )
    {
        (_options, _folder, _store, _end, _leavesNote) = (options, folder, store, end, parts.LeavesNote);
        _router = new SingleShardRouter(_door);
        var limits = new BrokerOptions
        {
            Lease = options.Lease,
            QueueJobs = options.QueueJobs,
            QueueBytes = options.QueueBytes,
        };
        var key = KeyOf(folder);
        _app = Composition.Build(
            options,
            socket,
            parts.Logging,
            services =>
                services
                    .AddSingleton(options)
                    .AddSingleton(limits)
                    .AddSingleton(parts.Time)
                    .AddSingleton(store.Journal)
                    .AddSingleton(_door)
                    .AddSingleton(_router)
                    .AddSingleton(new AdminIdentity(key))
                    .AddSingleton(service => new LocalPools(
                        options.AllPools,
                        WorkersOf(options, socket, key),
                        _router,
                        parts.Time,
                        service.GetRequiredService<ILogger<LocalPool>>()
                    ))
                    .AddSingleton<IEffectObserver, EffectLog>()
                    .AddSingleton<IEffectObserver>(service => service.GetRequiredService<LocalPools>())
                    .AddSingleton<IReadOnlyList<PoolInCharge>>(service =>
                        InCharge(options, service.GetRequiredService<LocalPools>())
                    )
        );
        _pools = _app.Services.GetRequiredService<LocalPools>();
        var logs = _app.Services.GetRequiredService<ILoggerFactory>();
        _scaler = new Scaler(
            _app.Services.GetRequiredService<IReadOnlyList<PoolInCharge>>(),
            _router,
            options.ScalingCheck,
            parts.Time,
            logs.CreateLogger<Scaler>()
        );
        if (BallastOf(options) is { } ballast)
            _room = new RoomWatch(
                new StorageGate(folder.Path, options.StorageReserve),
                ballast,
                store.Journal,
                _door,
                parts.Time,
                logs.CreateLogger<RoomWatch>()
            );
        var loop = new ShardLoop(
            new Shard(() => new Broker(limits)),
            store with
            {
                Room = _room,
            },
            _door,
            [.. _app.Services.GetServices<IEffectObserver>()],
            parts.Time,
            logs.CreateLogger<ShardLoop>()
        );
        Loaded = loop.Loaded;
        _loop = RunAsync(loop);
        Ready = new ServerReady("", socket, folder.Path, key, _pools.Complete);
    }

    public ServerReady Ready { get; private set; }

    /// <summary>The first pool; the only one where no others were asked for.</summary>
    public LocalPool Pool => _pools.All[0];

    public ShardDoor Door => _door;

    public IShardRouter Router => _router;

    public IJournal Journal => _store.Journal;

    /// <summary>Every route that is served.</summary>
    public IReadOnlyList<RouteEndpoint> Routes =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    /// <summary>Ends when the server has come to an end by itself, with the reason; after a stop, with null.</summary>
    public Task<string?> Ended => _loop;

    private Task Loaded { get; }

    /// <summary>
    /// Starts a server; it has loaded its store and listens when this returns. Throws
    /// <see cref="StartRefusedException"/> with words for the user.
    /// </summary>
    public static async Task<HeadraceServer> StartAsync(
        ServerOptions options,
        ServerParts parts,
        CancellationToken cancellationToken
    )
    {
        if (options.Validate() is { Count: > 0 } faults)
            throw new StartRefusedException(ServerExit.Usage, string.Join(" ", faults));
        var folder = DataFolder.Take(options.Data);
        IJournal? journal = null;
        HeadraceServer? server = null;
        try
        {
            var end =
                options.Store == StoreKind.Memory
                    ? null
                    : new UncleanEnd(folder.Path, Journals.FileOf(options), parts.Time);
            if (end is { InDoubt: true })
                await CheckAsync(end, parts);
            journal = parts.Journal(options, parts.Time);
            var epoch = await OpenAsync(journal, BallastOf(options), cancellationToken);
            end?.Starting();
            var socket = await LocalSocket.PrepareAsync(journal.Store.Id, cancellationToken);
            server = new HeadraceServer(options, folder, new OwnedStore(journal, epoch), end, socket, parts);
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
                if (journal is not null)
                    await journal.DisposeAsync();
                folder.Dispose();
            }
            throw;
        }
    }

    /// <summary>
    /// Drains and ends: no new jobs, local workers finish and go, then everything closes. Abandoning cuts the waiting
    /// short.
    /// </summary>
    public async Task StopAsync(CancellationToken abandon)
    {
        if (_closed)
            return;
        _door.CloseToJobs("The server is stopping and takes no more jobs.");
        await _poolStop.CancelAsync();
        await _poolRun;
        await _pools.DrainAsync(_options.DrainGrace, abandon);
        await CloseAsync();
    }

    /// <summary>
    /// Ends without a word to the local workers: they look for the next server for a while, and go on under it. For a
    /// server whose store has failed.
    /// </summary>
    public async Task LeaveAsync()
    {
        await _poolStop.CancelAsync();
        await _poolRun;
        await CloseAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    /// <summary>Before anything else is there, so with a log of its own.</summary>
    private static async Task CheckAsync(UncleanEnd end, ServerParts parts)
    {
        using var logs = LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton(parts.Time);
            parts.Logging(logging);
        });
        await end.CheckAsync(logs.CreateLogger<UncleanEnd>());
    }

    private static List<PoolInCharge> InCharge(ServerOptions options, LocalPools local) =>
        [.. options.AllPools.Zip(local.All, (terms, provider) => new PoolInCharge(terms, provider))];

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

    private static async Task<Epoch> OpenAsync(IJournal journal, Ballast? ballast, CancellationToken cancellationToken)
    {
        try
        {
            return await journal.OpenAsync(
                new Owner(Environment.MachineName, Environment.ProcessId),
                cancellationToken
            );
        }
        catch (SqliteFailure full) when (full.NoRoom && ballast?.TryDrop() == true)
        {
            // A restart on a full disk: what still runs somewhere must be recorded.
            return await OpenAsync(journal, null, cancellationToken);
        }
        catch (HeadraceException refused)
        {
            throw new StartRefusedException(ServerExit.Refused, refused.Message);
        }
    }

    private async Task<string?> RunAsync(ShardLoop loop)
    {
        var why = await loop.RunAsync(_giveUpLoad.Token);
        if (why is not null)
            _end?.Leave(why);
        return why;
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
                $"Port {_options.Port} of 127.0.0.1 is in use. Stop what listens there, or choose another with --port; 0 takes a free one."
            );
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"Port {_options.Port} needs rights that this user does not have. Choose one from 1024 with --port."
            );
        }
        try
        {
            await Loaded.WaitAsync(cancellationToken);
        }
        catch (DoorClosedException failed)
        {
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The store in {_folder.Path} cannot be loaded: {failed.Message}"
            );
        }
        _end?.Served();
        if (_room is not null)
            _roomRun = _room.RunAsync(_roomStop.Token);
        Ready = Ready with { Url = _app.Urls.First(url => url.StartsWith("http://127", StringComparison.Ordinal)) };
        // Before the methods: these wait while the store is in trouble, and workers of an earlier server must be looked
        // after meanwhile.
        _poolRun = Task.WhenAll(_pools.RunAsync(_poolStop.Token), _scaler.RunAsync(_options.Lease, _poolStop.Token));
        if (_options.Methods.Count > 0)
            await IntroduceAsync(cancellationToken);
        if (_leavesNote)
            _note = new ServerNote(
                Ready.Url,
                Ready.Socket,
                Ready.Data,
                _store.Journal.Store.Id.Text,
                Environment.ProcessId
            ).Write();
    }

    private async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        var methods = new Command.Introduce([
            .. _options.Methods.Select(m => new Offer(new MethodName(m.Name), m.Version, m.Schema)),
        ]);
        // Without them, no job for a pool that has no worker yet would ever be taken.
        if (await _door.AskAsync(methods, cancellationToken) is Answer.Refused refused)
            throw new StartRefusedException(
                ServerExit.Failed,
                $"The methods cannot be made known: {refused.Refusal.Detail}"
            );
    }

    private async Task CloseAsync()
    {
        _closed = true;
        if (_note is not null)
            File.Delete(_note);
        await _roomStop.CancelAsync();
        await _roomRun;
        _door.CloseForGood("The server is stopping.");
        await _giveUpLoad.CancelAsync();
        await Task.WhenAny(_loop, Task.Delay(LastCommit));
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        // A commit that hangs keeps its journal and the lock: both end with the process, and no successor may come
        // before.
        if (!_loop.IsCompleted)
            return;
        File.Delete(Ready.Socket);
        await _store.Journal.DisposeAsync();
        if (await _loop is null)
            _end?.StoppedCleanly();
        _folder.Dispose();
        _giveUpLoad.Dispose();
        _poolStop.Dispose();
        _roomStop.Dispose();
    }
}
