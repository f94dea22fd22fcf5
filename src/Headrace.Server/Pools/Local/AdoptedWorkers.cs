using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Machine;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Local workers that an earlier server of this store started (R9). The pool treats workers that are still running as
/// its own: it detects when they exit and drains them when the server stops. It reports to the broker the workers that
/// have exited. If <see cref="ProcessTable"/> is not available, the pool relies only on the messages of the workers and
/// on expired leases. Used only by the pool's loop.
/// </summary>
internal sealed partial class AdoptedWorkers(
    PoolSettings settings,
    IShardRouter shards,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>The interval at which the pool checks whether a process that is not its child has exited.</summary>
    private static readonly TimeSpan AnyLeft = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<LeaseHolder, Adopted> _running = [];
    private bool _searched;

    /// <summary>A process that an earlier server started.</summary>
    /// <param name="Process">The process id.</param>
    /// <param name="Found">When the process was first seen.</param>
    private sealed record Adopted(int Process, Elapsed Found)
    {
        /// <summary>
        /// Whether the worker has joined a server. If its row is missing later, the broker has recorded the worker's
        /// exit and will soon inform the worker.
        /// </summary>
        public bool HadRow { get; set; }

        /// <summary>
        /// Whether the worker was asked to exit or was killed. Its exit then does not count as a crash (R10).
        /// </summary>
        public bool StopRequested { get; set; }
    }

    /// <summary>The number of processes that are still running.</summary>
    public int Count => _running.Count;

    public IReadOnlyList<AdoptedStatus> Status =>
        [.. _running.Select(worker => new AdoptedStatus(worker.Key.Worker.Text, worker.Value.Process))];

    public bool Has(LeaseHolder worker) => _running.ContainsKey(worker);

    /// <summary>Returns whether the worker is stopping.</summary>
    public bool Leaves(LeaseHolder worker) => _running.GetValueOrDefault(worker) is { StopRequested: true };

    /// <summary>
    /// Returns the workers that were started just before an earlier server ended and have not joined this server yet. A
    /// worker that does not join within one lease duration has failed.
    /// </summary>
    public IEnumerable<WorkerName> Expected(Elapsed now) =>
        _running
            .Where(worker =>
                worker.Value is { HadRow: false, StopRequested: false } && now - worker.Value.Found < settings.Lease
            )
            .Select(worker => worker.Key.Worker);

    /// <summary>
    /// Looks up the processes of these workers. Returns true if any of them had exited and the broker has recorded this
    /// exit.
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
                // The process exited while no server was running, so the cause is unknown, and its jobs do not become
                // suspects.
                Exited(worker.Worker, worker.Incarnation);
                await ReportExitAsync(worker, ExitKind.Ended, stop);
                gone = true;
            }
            else if (!ProcessTable.Is(adopted.Process, worker.Incarnation))
            {
                // Only the parent of a process can read its exit code. The server does not know the exit code of this
                // process, so it counts the exit as a crash. In the worst case, a job that was running in a process
                // that exited normally becomes a suspect, which costs one isolated run.
                if (!adopted.StopRequested)
                    Died(worker.Worker, adopted.Process);
                await ReportExitAsync(worker, adopted.StopRequested ? ExitKind.Ended : ExitKind.Exit, stop);
                // The worker is removed only after the broker has replied, so that the next check finds it again if the
                // mailbox is closed.
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

    /// <summary>Drains <paramref name="surplus"/> workers, because there are more workers than slots.</summary>
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

    /// <summary>Records that the server has instructed this worker to finish its jobs and exit.</summary>
    public void MarkStopping(LeaseHolder worker)
    {
        if (_running.TryGetValue(worker, out var adopted))
            adopted.StopRequested = true;
    }

    /// <summary>
    /// Each worker, with its process id, the time when the process was first seen, and whether the worker is stopping.
    /// </summary>
    public IEnumerable<(LeaseHolder Self, int Process, Elapsed Found, bool Leaves)> All =>
        _running.Select(worker => (worker.Key, worker.Value.Process, worker.Value.Found, worker.Value.StopRequested));

    /// <summary>
    /// Asks the workers to finish their jobs and exit. The returned task completes when all of them have exited.
    /// </summary>
    public Task DrainAsync(Elapsed now)
    {
        // Searches for processes first, in case the server stops before its first check.
        Search([], now);
        foreach (var (worker, adopted) in _running)
            RequestDrain(worker, adopted);
        return Task.WhenAll(_running.Select(worker => OnExitAsync(worker.Key, worker.Value.Process)));
    }

    /// <summary>Kills the workers that are still running.</summary>
    public void Kill()
    {
        foreach (var worker in _running.Keys)
            Kill(worker);
    }

    /// <summary>
    /// Kills a process together with its process group. The server that started the process made it a group leader if
    /// possible.
    /// </summary>
    public void Kill(LeaseHolder worker)
    {
        if (!_running.TryGetValue(worker, out var adopted) || !ProcessTable.Is(adopted.Process, worker.Incarnation))
            return;
        adopted.StopRequested = true;
        Killing(worker.Worker, adopted.Process);
        Unix.Signal(-adopted.Process, Unix.SigKill);
        Unix.Signal(adopted.Process, Unix.SigKill);
    }

    /// <summary>Reports to the broker that all remaining workers have exited as requested.</summary>
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
    /// Finds the processes of workers whose process is not known yet. The first call also finds workers that are
    /// waiting for this server and have no row. A process that is already known is not searched for again, because a
    /// child process that outlives it has the same environment and could be mistaken for it.
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
