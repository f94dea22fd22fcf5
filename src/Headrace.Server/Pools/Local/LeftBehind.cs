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
internal sealed partial class LeftBehind(PoolSettings settings, IShardRouter shards, TimeProvider time, ILogger logger)
{
    /// <summary>How often a process that is no child of ours is looked for while it ends.</summary>
    private static readonly TimeSpan GoneYet = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<Holder, Adopted> _running = [];
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
        public bool Asked { get; set; }
    }

    /// <summary>Processes that still run.</summary>
    public int Count => _running.Count;

    public IReadOnlyList<TakenOverStatus> Status =>
        [.. _running.Select(worker => new TakenOverStatus(worker.Key.Worker.Text, worker.Value.Process))];

    public bool Has(Holder worker) => _running.ContainsKey(worker);

    /// <summary>It is on its way out.</summary>
    public bool Leaves(Holder worker) => _running.GetValueOrDefault(worker) is { Asked: true };

    /// <summary>
    /// Those that were started a moment before their server was gone, and will join this one: for a lease, then
    /// something is wrong with them.
    /// </summary>
    public IEnumerable<WorkerName> Expected(Elapsed now) =>
        _running
            .Where(worker =>
                worker.Value is { HadRow: false, Asked: false } && now - worker.Value.Found < settings.Lease
            )
            .Select(worker => worker.Key.Worker);

    /// <summary>
    /// Looks for the processes of these workers; true when one of them was gone, and the broker has heard of it.
    /// </summary>
    public async Task<bool> LookAsync(IReadOnlyList<Holder> workers, Elapsed now, CancellationToken stop)
    {
        if (!ProcessTable.CanTell)
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
                Gone(worker.Worker, worker.Incarnation);
                await BuryAsync(worker, DeathKind.Ended, stop);
                gone = true;
            }
            else if (!ProcessTable.Is(adopted.Process, worker.Incarnation))
            {
                // A witnessed death, though only a parent would learn how: at worst a process that ended itself in
                // order makes a suspect, which costs a run alone.
                if (!adopted.Asked)
                    Died(worker.Worker, adopted.Process);
                await BuryAsync(worker, adopted.Asked ? DeathKind.Ended : DeathKind.Exit, stop);
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
    public void SendHome(int surplus)
    {
        foreach (
            var (worker, adopted) in _running
                .Where(worker => !worker.Value.Asked)
                .OrderByDescending(worker => worker.Key.Worker.Text, StringComparer.Ordinal)
                .Take(surplus)
        )
            Ask(worker, adopted);
    }

    /// <summary>Its server has told this one to finish and go.</summary>
    public void Expect(Holder worker)
    {
        if (_running.TryGetValue(worker, out var adopted))
            adopted.Asked = true;
    }

    /// <summary>Each with its process, and whether it is on its way out.</summary>
    public IEnumerable<(Holder Self, int Process, Elapsed Found, bool Leaves)> All =>
        _running.Select(worker => (worker.Key, worker.Value.Process, worker.Value.Found, worker.Value.Asked));

    /// <summary>Asks them to finish what they run and end; the answer is a task that ends when they have.</summary>
    public Task DrainAsync(Elapsed now)
    {
        // A server that stops before its first look ends them all the same.
        Search([], now);
        foreach (var (worker, adopted) in _running)
            Ask(worker, adopted);
        return Task.WhenAll(_running.Select(worker => GoneAsync(worker.Key, worker.Value.Process)));
    }

    /// <summary>Ends those that still run.</summary>
    public void Kill()
    {
        foreach (var worker in _running.Keys)
            Kill(worker);
    }

    /// <summary>Ends one at once, with its group: its first server made it the leader of one where it could.</summary>
    public void Kill(Holder worker)
    {
        if (!_running.TryGetValue(worker, out var adopted) || !ProcessTable.Is(adopted.Process, worker.Incarnation))
            return;
        adopted.Asked = true;
        Killing(worker.Worker, adopted.Process);
        Unix.Signal(-adopted.Process, Unix.SigKill);
        Unix.Signal(adopted.Process, Unix.SigKill);
    }

    /// <summary>Tells the broker that all of them have ended as asked.</summary>
    public async Task BuryAllAsync(CancellationToken stop)
    {
        foreach (var worker in _running.Keys)
            await BuryAsync(worker, DeathKind.Ended, stop);
        _running.Clear();
    }

    private static void Ask(Holder worker, Adopted adopted)
    {
        if (adopted.Asked || !ProcessTable.Is(adopted.Process, worker.Incarnation))
            return;
        adopted.Asked = true;
        Unix.Signal(adopted.Process, Unix.SigTerm);
    }

    /// <summary>
    /// Finds the processes of rows that have none yet; at the first time also those that wait for this server and have
    /// no row. Once found, a process is not searched for again:
    /// something that it left behind, with its environment, would be taken for it.
    /// </summary>
    private void Search(HashSet<Holder> workers, Elapsed now)
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

    private Task<Answer> BuryAsync(Holder worker, DeathKind how, CancellationToken stop) =>
        shards.Of(worker.Worker).AskAsync(new Command.Died(worker, how), stop);

    private async Task GoneAsync(Holder worker, int process)
    {
        while (ProcessTable.Is(process, worker.Incarnation))
            await Task.Delay(GoneYet, time);
    }
}
