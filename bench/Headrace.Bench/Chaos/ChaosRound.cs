using System.Diagnostics;
using System.Globalization;
using Headrace.Bench.SlowDisk;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Bench.Chaos;

/// <summary>
/// One run with load and faults on one data folder, from the first start of the server to the final count.
/// </summary>
internal sealed class ChaosRound(
    string name,
    string folder,
    SmallDisk? disk,
    int seed,
    TimeSpan length,
    Action<string> report
)
{
    private const int Workers = 3;

    /// <summary>
    /// Submissions per second. At this rate, hashing takes about 30 % of one processor, so the rest of the machine is
    /// available for starting processes.
    /// </summary>
    private const int Rate = 40;

    /// <summary>
    /// The size in bytes of the ballast file, which reserves disk space for the outcomes of running jobs. The server
    /// also keeps the same amount of space free. The small disk has enough room for both.
    /// </summary>
    private const int StorageReserve = 16 << 20;

    /// <summary>The job limit of the queue. At this limit, the server tells the load to retry later.</summary>
    private const int QueueJobs = 2_000;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);

    /// <summary>The time that a sync takes during the slow-disk faults; null if there are no such faults.</summary>
    public TimeSpan? SlowSync { get; init; }

    public async Task<ChaosCounts> RunAsync(CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var slowDisk = SlowSync is { } sync ? await SlowDiskLibrary.CompileAsync(folder, sync, stop) : null;
        var place = new ServerPlace(
            Path.Combine(disk?.Folder ?? folder, "data"),
            folder,
            ServerPlace.FreePort(),
            Workers
        )
        {
            Settings = new Dictionary<string, string>(slowDisk?.Environment ?? new Dictionary<string, string>())
            {
                ["HEADRACE_LEASE"] = "5s",
                ["HEADRACE_QUEUES__JOBS"] = QueueJobs.ToString(CultureInfo.InvariantCulture),
                ["HEADRACE_STORAGE__RESERVE"] = StorageReserve.ToString(CultureInfo.InvariantCulture),
            },
        };
        var plan = FaultPlan.Draw(seed, length, disk is not null, slowDisk is not null);
        var planned = plan.CountBy(fault => fault.Kind).Select(kind => $"{kind.Value} {kind.Key}");
        report($"{name}: {length.TotalSeconds:0} s, planned faults: {string.Join(", ", planned)}");
        var keeper = new ServerKeeper(place);
        var ledger = Path.Combine(folder, "ledger");
        Process? load = null;
        try
        {
            await keeper.StartAsync(StartLimit);
            await ConsumedFeed.CreateAsync(place, stop);
            using var feed = new ConsumedFeed(place, Path.Combine(folder, "consumer"), seed);
            using var disturbed = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var consuming = feed.RunAsync(disturbed.Token);
            load = StartLoad(place, ledger);
            using var sight = new WorkerObserver(place);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var watch = new EndObserver(place);
            var watched = watch.RunAsync(watching.Token);
            var faults = new FaultRun(keeper, sight, disk, seed, report) { SlowDisk = slowDisk };
            await faults.RunAsync(plan, length, stop);
            report($"{name}: the faults have ended; stopping the load and waiting for the remaining jobs");
            await EndLoadAsync(load, stop);
            var drained = await DrainAsync(place, stop);
            await disturbed.CancelAsync();
            await consuming;
            var consumed = await feed.DrainAsync(stop);
            await watching.CancelAsync();
            await watched;
            var pages = LedgerPages.Read(ledger);
            var http = await HttpAudit.RunAsync(place, pages.Acknowledged, stop);
            var inOrder = await keeper.StopAsync(StopLimit);
            return ChaosCounts.Of(
                name,
                length,
                new RoundFacts
                {
                    Ledger = pages,
                    Store = StoreAudit.Read(Path.Combine(place.Data, "headrace.db")),
                    Http = http,
                    EndsSeen = watch.Seen,
                    EndsChanged = watch.Changed,
                    Faults = faults,
                    Consumer = consumed,
                    Lives = keeper.Lives,
                    OwnEnds = keeper.OwnEnds,
                    Drained = drained,
                    StoppedInOrder = inOrder,
                    ExpiredWithoutFault = ExpiredLeases.OfUndisturbed(
                        await File.ReadAllLinesAsync(place.Log, stop),
                        faults.Disturbed
                    ),
                    LeftOver = ServerPlace.LocalWorkers(keeper.Socket).Count,
                }
            );
        }
        finally
        {
            if (load is { HasExited: false })
                Unix.Signal(load.Id, Unix.SigKill);
            load?.Dispose();
            await keeper.StopAsync(StopLimit);
            foreach (var stray in ServerPlace.LocalWorkers(keeper.Socket))
                Unix.Signal(stray, Unix.SigKill);
        }
    }

    private Process StartLoad(ServerPlace place, string ledger)
    {
        var load = StartedProgram.Bench(
            [
                ChaosLoadCommand.Name,
                "--ledger",
                ledger,
                "--seed",
                seed.ToString(CultureInfo.InvariantCulture),
                "--rate",
                Rate.ToString(CultureInfo.InvariantCulture),
            ],
            new Dictionary<string, string> { [WorkerProcess.Server] = place.Url, [WorkerProcess.Key] = place.Key }
        );
        load.OutputDataReceived += (_, _) => { };
        load.ErrorDataReceived += (_, said) =>
        {
            if (said.Data is not null)
                report($"load: {said.Data}");
        };
        load.BeginOutputReadLine();
        load.BeginErrorReadLine();
        return load;
    }

    private static async Task EndLoadAsync(Process load, CancellationToken stop)
    {
        Unix.Signal(load.Id, Unix.SigTerm);
        await load.WaitForExitAsync(stop).WaitAsync(LoadLimit, stop);
        if (load.ExitCode != 0)
            throw new IOException($"The load process exited with code {load.ExitCode}.");
    }

    /// <summary>Returns true as soon as no unfinished jobs remain, and false if the time limit expires first.</summary>
    private static async Task<bool> DrainAsync(ServerPlace place, CancellationToken stop)
    {
        using var client = new HeadraceClient(place.Url, place.Key);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < DrainLimit)
        {
            try
            {
                if ((await client.ListQueuesAsync(stop)).Sum(queue => queue.Jobs) == 0)
                    return true;
            }
            catch (HeadraceException)
            {
                // The server is not available yet. Try again until the time limit expires.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
        return false;
    }
}
