using System.Collections.Concurrent;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Waits for the processes of a pool and reports each exit to the broker. Only the pool's loop calls this class, but
/// other threads pass on the output lines of the processes.
/// </summary>
/// <param name="shards">The shards of the broker.</param>
/// <param name="wake">Wakes the pool's loop.</param>
internal sealed class ChildWatch(IShardRouter shards, Action wake)
{
    /// <summary>Exits that the loop has not handled yet. Written by the tasks that wait for the processes.</summary>
    private readonly ConcurrentQueue<(PoolSlot Slot, ProcessEnd End)> _ended = new();

    private readonly Dictionary<PoolSlot, Task> _running = [];

    /// <summary>Completes when every process has exited.</summary>
    public Task All => Task.WhenAll(_running.Values);

    /// <summary>The processes that have not exited yet.</summary>
    public IReadOnlyList<WorkerChild> Running =>
        [.. _running.Where(child => !child.Value.IsCompleted).Select(child => child.Key.Child!)];

    /// <summary>
    /// Waits for the process of this slot, and calls <paramref name="onLine"/> for each line that it writes.
    /// </summary>
    public void Add(PoolSlot slot, WorkerChild child, Action<LeaseHolder, string> onLine) =>
        _running[slot] = WaitAsync(slot, child, onLine);

    /// <summary>
    /// Reports to the broker each process that has ended, and then calls <paramref name="onReported"/>. The slot
    /// changes last, because the broker's commit makes the jobs of the process available to other workers.
    /// </summary>
    public async Task ReportAsync(Action<PoolSlot, ProcessEnd> onReported, CancellationToken stop)
    {
        while (_ended.TryPeek(out var next))
        {
            var (slot, end) = next;
            var self = slot.Child!.Self;
            await shards.Of(self.Worker).SendAsync(new Command.WorkerDied(self, end.How), stop);
            _ended.TryDequeue(out _);
            _running.Remove(slot);
            onReported(slot, end);
        }
    }

    private async Task WaitAsync(PoolSlot slot, WorkerChild child, Action<LeaseHolder, string> onLine)
    {
        var end = await child.EndAsync(onLine);
        _ended.Enqueue((slot, end));
        wake();
    }
}
