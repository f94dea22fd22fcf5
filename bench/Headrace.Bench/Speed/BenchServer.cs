using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Speed;

/// <summary>
/// One measured round: the figures reported by the load, and the resources that the processes used during the round.
/// </summary>
internal sealed record Measured(LoadRound Load, ResourceUse Spent);

/// <summary>
/// A server with its worker and load processes. Disposal ends the processes and deletes their folder.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly ServerPlace _place;
    private readonly ServerChild _server;
    private readonly string _gauges;
    private readonly List<LoadProcess> _loads = [];
    private IReadOnlyList<int> _workers = [];

    private BenchServer(ServerPlace place, string gauges)
    {
        (_place, _gauges) = (place, gauges);
        _server = ServerChild.Start(place);
    }

    /// <summary>Starts a server with its workers.</summary>
    /// <param name="settings">The settings of the measurement.</param>
    /// <param name="methods">
    /// The folder with methods that its workers offer in addition to their own; null if there is none.
    /// </param>
    /// <param name="slots">
    /// The number of slots of a single supervised worker that replaces the workers in the settings; null to start the
    /// workers in the settings.
    /// </param>
    public static async Task<BenchServer> StartAsync(SpeedSettings settings, string? methods = null, int? slots = null)
    {
        var folder = Directory
            .CreateDirectory(
                Path.Combine(
                    settings.Parent,
                    FormattableString.Invariant($"headrace-bench-{Environment.ProcessId}-{BenchClock.Monotonic}")
                )
            )
            .FullName;
        var gauges = Directory.CreateDirectory(Path.Combine(folder, "gauges")).FullName;
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), settings.Workers)
        {
            SlotsOfOnlyWorker = slots,
            Settings = new Dictionary<string, string>(ProcessCounters.EnvironmentOf(gauges))
            {
                ["HEADRACE_QUEUES__JOBS"] = "10000000",
                ["HEADRACE_STORE"] = settings.Store,
                ["HEADRACE_DURABILITY"] = settings.Durability,
                ["HEADRACE_METHODS"] = methods ?? Path.Combine(folder, "methods"),
            },
        };
        var benchServer = new BenchServer(place, gauges);
        try
        {
            if (
                await benchServer._server.Listening.WaitAsync(Limit) is not { } socket
                || (settings.Workers > 0 && !await benchServer._server.Joined.WaitAsync(Limit))
            )
                throw new HeadraceException(
                    $"The server did not start: {benchServer._server.LastErrorLine} Its log was {place.Log}"
                );
            benchServer._workers = ServerPlace.LocalWorkers(socket);
            return benchServer;
        }
        catch
        {
            await benchServer.DisposeAsync();
            throw;
        }
    }

    public string Folder => _place.Folder;

    public string Url => _place.Url;

    public string Key => _place.Key;

    /// <summary>Starts a load process.</summary>
    /// <param name="order">What the process sends.</param>
    /// <param name="key">The credential for its requests; null for the admin key.</param>
    public async Task<LoadProcess> LoadAsync(LoadSpec order, string? key = null)
    {
        var load = await LoadProcess.StartAsync(
            new LoadTarget(_place.Url, key ?? _place.Key, _place.Key, order),
            _place.Environment
        );
        _loads.Add(load);
        return load;
    }

    /// <summary>Runs one round of a load, and measures the resources that the processes used for it.</summary>
    public async Task<Measured> RoundAsync(LoadProcess load, int count, CancellationToken stop)
    {
        var before = await SpentAsync(load, stop);
        var round = await load.RoundAsync(count, stop);
        return new Measured(round, await SpentAsync(load, stop) - before);
    }

    public async Task<ResourceUse> SpentAsync(LoadProcess? load, CancellationToken stop)
    {
        var (workerMicros, workerBytes) = (0.0, 0L);
        foreach (var worker in _workers)
        {
            workerMicros += ProcessFacts.ProcessorMicros(worker);
            workerBytes += (await ProcessCounters.OfAsync(_gauges, worker, stop)).Allocated;
        }
        return new ResourceUse(
            ProcessFacts.ProcessorMicros(_server.ProcessId),
            workerMicros,
            load is null ? 0 : ProcessFacts.ProcessorMicros(load.ProcessId),
            (await ProcessCounters.OfAsync(_gauges, _server.ProcessId, stop)).Allocated,
            workerBytes,
            load is null ? 0 : (await ProcessCounters.OfAsync(_gauges, load.ProcessId, stop)).Allocated
        );
    }

    public async Task<bool> ServerGcAsync(CancellationToken stop) =>
        (await ProcessCounters.OfAsync(_gauges, _server.ProcessId, stop)).ServerGc;

    /// <summary>CPU time that the server and its workers have used so far, in microseconds.</summary>
    public double ProcessorMicros =>
        ProcessFacts.ProcessorMicros(_server.ProcessId) + _workers.Sum(ProcessFacts.ProcessorMicros);

    /// <summary>Resident memory of the server and its workers, in bytes.</summary>
    public long Resident => ProcessFacts.Resident(_server.ProcessId) + _workers.Sum(ProcessFacts.Resident);

    public async ValueTask DisposeAsync()
    {
        foreach (var load in _loads)
            load.Dispose();
        _server.Signal(Unix.SigTerm);
        await Task.WhenAny(_server.Ended, Task.Delay(TimeSpan.FromSeconds(15)));
        if (!_server.Ended.IsCompleted)
        {
            _server.Signal(Unix.SigKill);
            foreach (var worker in _workers)
                Unix.Signal(worker, Unix.SigKill);
            await _server.Ended;
        }
        _server.Dispose();
        Directory.Delete(_place.Folder, recursive: true);
    }
}
