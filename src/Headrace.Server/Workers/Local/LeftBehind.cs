using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Workers.Local;

/// <summary>
/// Local workers that an earlier server of this store started: those that still run belong to the pool, and those that are gone are reported to the broker.
/// Where <see cref="ProcessTable"/> cannot tell, only what they say, or their silence, counts. Owned by the pool's loop.
/// </summary>
internal sealed partial class LeftBehind(IShardDoor door, string namePrefix, TimeProvider time, ILogger logger)
{
    /// <summary>How often a process that is no child of ours is looked for while it ends.</summary>
    private static readonly TimeSpan GoneYet = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<Holder, int> _running = [];

    public int Count => _running.Count;

    public IReadOnlyList<TakenOverStatus> Status => [.. _running.Select(worker => new TakenOverStatus(worker.Key.Worker.Text, worker.Value))];

    public bool Has(Holder worker) => _running.ContainsKey(worker);

    /// <summary>
    /// Finds the processes of these workers. Where one is gone the broker hears of it: what it held need not wait for its lease to pass.
    /// How it ended nobody saw, so nothing is blamed on what it ran. True when there was such a one.
    /// </summary>
    public async Task<bool> LookAsync(IReadOnlyList<Holder> workers, CancellationToken stop)
    {
        if (!ProcessTable.CanTell) return false;
        var gone = false;
        foreach (var worker in _running.Keys.Except(workers).ToList()) _running.Remove(worker);
        foreach (var worker in workers.Where(worker => worker.Worker.Text.StartsWith(namePrefix, StringComparison.Ordinal)))
        {
            if (_running.TryGetValue(worker, out var process) && ProcessTable.Is(process, worker.Incarnation)) continue;
            _running.Remove(worker);
            if (ProcessTable.Find(worker.Incarnation) is { } found)
            {
                _running[worker] = found;
                continue;
            }
            Gone(worker.Worker, worker.Incarnation);
            await BuryAsync(worker, stop);
            gone = true;
        }
        return gone;
    }

    /// <summary>Asks them to finish what they run and end; the answer is a task that ends when they have.</summary>
    public Task DrainAsync()
    {
        foreach (var process in _running.Values) Unix.Signal(process, Unix.SigTerm);
        return Task.WhenAll(_running.Select(worker => GoneAsync(worker.Key, worker.Value)));
    }

    /// <summary>Ends those that still run, each with its group: its first server made it the leader of one where it could.</summary>
    public void Kill()
    {
        foreach (var (worker, process) in _running)
        {
            if (!ProcessTable.Is(process, worker.Incarnation)) continue;
            Killing(worker.Worker, process);
            Unix.Signal(-process, Unix.SigKill);
            Unix.Signal(process, Unix.SigKill);
        }
    }

    /// <summary>Tells the broker that all of them have ended as asked.</summary>
    public async Task BuryAllAsync(CancellationToken stop)
    {
        foreach (var worker in _running.Keys) await BuryAsync(worker, stop);
        _running.Clear();
    }

    private Task<Answer> BuryAsync(Holder worker, CancellationToken stop) => door.AskAsync(new Command.Died(worker, DeathKind.Ended), stop);

    private async Task GoneAsync(Holder worker, int process)
    {
        while (ProcessTable.Is(process, worker.Incarnation)) await Task.Delay(GoneYet, time);
    }
}
