using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Machine;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Local workers that an earlier server of this store started (R9). Those that still run belong to the pool: their
/// death is witnessed like that of a child, and they are drained with it.
/// Those that are gone are reported to the broker. Where <see cref="ProcessTable"/> cannot tell, only what they say, or
/// their silence, counts. Owned by the pool's loop.
/// </summary>
internal sealed partial class AdoptedWorkers(
    PoolSettings settings,
    IShardRouter shards,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>How often a process that is no child of ours is looked for while it ends.</summary>
    private static readonly TimeSpan AnyLeft = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<LeaseHolder, Adopted> _running = [];
    private bool _searched;

    /// <summary>A process of an earlier server.</summary>
    /// <param name="Process">Its number.</param>
    /// <param name="Found">When it was first seen.</param>
    private sealed record Adopted(int Process, Elapsed Found)
    {
        /// <summary>
        /// It has joined a server: where its row is gone since, its time is over, and it is about to learn so.
        /// </summary>
        public bool HadRow { get; set; }

        /// <summary>It has been told to end, or was killed: then it does not die, however it goes (R10).</summary>
        public bool StopRequested { get; set; }
    }

    /// <summary>Processes that still run.</summary>
    public int Count => _running.Count;

    public IReadOnlyList<AdoptedStatus> Status =>
        [.. _running.Select(worker => new AdoptedStatus(worker.Key.Worker.Text, worker.Value.Process))];

    public bool Has(LeaseHolder worker) => _running.ContainsKey(worker);

    /// <summary>It is on its way out.</summary>
    public bool Leaves(LeaseHolder worker) => _running.GetValueOrDefault(worker) is { StopRequested: true };

    /// <summary>
    /// Those that were started a moment before their server was gone, and will join this one: for a lease, then
    /// something is wrong with them.
    /// </summary>
    public IEnumerable<WorkerName> Expected(Elapsed now) =>
        _running
            .Where(worker =>
                worker.Value is { HadRow: false, StopRequested: false } && now - worker.Value.Found < settings.Lease
            )
            .Select(worker => worker.Key.Worker);

    /// <summary>
    /// Looks for the processes of these workers; true when one of them was gone, and the broker has heard of it.
    /// </summary>
    public async Task<bool> RefreshAsync(IReadOnlyList<LeaseHolder> workers, Elapsed now, CancellationToken stop)
    {
        if (!ProcessTable.IsAvailable)
            return false;
        var ours = workers.Where(worker => settings.Names(worker.Worker.Text)).ToHashSet();
        Search(ours, now);
        foreach (
            var worker in _running
                .Where(worker =>
                    !ours.Contains(worker.Key) && !ProcessTable.Is(worker.Value.Process, worker.Key.Incarnation)
                )
                .ToList()
        )
            _running.Remove(worker.Key);
        var gone = false;
        foreach (var worker in ours)
        {
            if (!_running.TryGetValue(worker, out var adopted))
            {
                // It ended while nobody looked, so nothing is blamed on what it ran.
                Exited(worker.Worker, worker.Incarnation);
                await ReportExitAsync(worker, ExitKind.Ended, stop);
                gone = true;
            }
            else if (!ProcessTable.Is(adopted.Process, worker.Incarnation))
            {
                // A witnessed death, though only a parent would learn how: at worst a process that ended itself in
                // order makes a suspect, which costs a run alone.
                if (!adopted.StopRequested)
                    Died(worker.Worker, adopted.Process);
                await ReportExitAsync(worker, adopted.StopRequested ? ExitKind.Ended : ExitKind.Exit, stop);
                // Only now: a door that was closed meets the same death at the next look.
                _running.Remove(worker);
                gone = true;
            }
            else
            {
                adopted.HadRow = true;
            }
        }
        return gone;
    }

    /// <summary>Lets so many of them finish and go: there are more than slots.</summary>
    public void Drain(int surplus)
    {
        foreach (
            var (worker, adopted) in _running
                .Where(worker => !worker.Value.StopRequested)
                .OrderByDescending(worker => worker.Key.Worker.Text, StringComparer.Ordinal)
                .Take(surplus)
        )
            RequestDrain(worker, adopted);
    }

    /// <summary>Its server has told this one to finish and go.</summary>
    public void MarkStopping(LeaseHolder worker)
    {
        if (_running.TryGetValue(worker, out var adopted))
            adopted.StopRequested = true;
    }

    /// <summary>Each with its process, and whether it is on its way out.</summary>
    public IEnumerable<(LeaseHolder Self, int Process, Elapsed Found, bool Leaves)> All =>
        _running.Select(worker => (worker.Key, worker.Value.Process, worker.Value.Found, worker.Value.StopRequested));

    /// <summary>Asks them to finish what they run and end; the answer is a task that ends when they have.</summary>
    public Task DrainAsync(Elapsed now)
    {
        // A server that stops before its first look ends them all the same.
        Search([], now);
        foreach (var (worker, adopted) in _running)
            RequestDrain(worker, adopted);
        return Task.WhenAll(_running.Select(worker => OnExitAsync(worker.Key, worker.Value.Process)));
    }

    /// <summary>Ends those that still run.</summary>
    public void Kill()
    {
        foreach (var worker in _running.Keys)
            Kill(worker);
    }

    /// <summary>Ends one at once, with its group: its first server made it the leader of one where it could.</summary>
    public void Kill(LeaseHolder worker)
    {
        if (!_running.TryGetValue(worker, out var adopted) || !ProcessTable.Is(adopted.Process, worker.Incarnation))
            return;
        adopted.StopRequested = true;
        Killing(worker.Worker, adopted.Process);
        Unix.Signal(-adopted.Process, Unix.SigKill);
        Unix.Signal(adopted.Process, Unix.SigKill);
    }

    /// <summary>Tells the broker that all of them have ended as asked.</summary>
    public async Task ReportAllExitsAsync(CancellationToken stop)
    {
        foreach (var worker in _running.Keys)
            await ReportExitAsync(worker, ExitKind.Ended, stop);
        _running.Clear();
    }

    private static void RequestDrain(LeaseHolder worker, Adopted adopted)
    {
        if (adopted.StopRequested || !ProcessTable.Is(adopted.Process, worker.Incarnation))
            return;
        adopted.StopRequested = true;
        Unix.Signal(adopted.Process, Unix.SigTerm);
    }

    /// <summary>
    /// Finds the processes of rows that have none yet; at the first time also those that wait for this server and have
    /// no row. Once found, a process is not searched for again:
    /// something that it left behind, with its environment, would be taken for it.
    /// </summary>
    private void Search(HashSet<LeaseHolder> workers, Elapsed now)
    {
        if (_searched && workers.All(_running.ContainsKey))
            return;
        foreach (var found in ProcessTable.Workers())
            if (
                found.Pool == settings.Name
                && (workers.Contains(found.Self) || (!_searched && found.Server == settings.Server))
            )
                _running.TryAdd(found.Self, new Adopted(found.Process, now));
        _searched = true;
    }

    private Task<Response> ReportExitAsync(LeaseHolder worker, ExitKind how, CancellationToken stop) =>
        shards.Of(worker.Worker).SendAsync(new Command.WorkerDied(worker, how), stop);

    private async Task OnExitAsync(LeaseHolder worker, int process)
    {
        while (ProcessTable.Is(process, worker.Incarnation))
            await Task.Delay(AnyLeft, time);
    }
}
