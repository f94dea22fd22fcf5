using Headrace.Core.Jobs;
using Headrace.Core.Retention;

namespace Headrace.Core.Queues;

/// <summary>
/// Counts jobs and bytes per (queue, method, state). The counts are exact because they change in the same commit as the
/// jobs (R18).
/// </summary>
internal sealed class Counters(HistoryTable histories)
{
    private sealed class Cell
    {
        public long Jobs,
            InputBytes,
            ResultBytes;
        public bool Changed;
    }

    private const int FirstSweep = 1_024;

    private readonly Dictionary<(QueueName Queue, MethodName Method, JobState State), Cell> _cells = [];
    private int _sweepAt = FirstSweep;

    // The queues that have counters, ordered by name, with their counters. Updated whenever a key is added to or
    // removed from _cells.
    private readonly SortedSet<string> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<QueueName, List<(MethodName Method, JobState State, Cell Cell)>> _ofQueue = [];
    private readonly List<(QueueName Queue, MethodName Method, JobState State)> _changed = [];

    public void Enter(JobSpec spec, JobState state, long resultBytes = 0) =>
        Change((spec.Queue, spec.Method, state), +1, spec.InputBytes, resultBytes);

    public void Leave(JobSpec spec, JobState state) =>
        Change((spec.Queue, spec.Method, state), -1, -spec.InputBytes, 0);

    /// <summary>Subtracts an ended job that was deleted.</summary>
    public void Remove(EndedJob job) =>
        Change((job.Queue, job.Method, job.State), -1, -job.InputBytes, -job.ResultBytes);

    public IEnumerable<CounterRow> All() => _cells.Select(c => Row(c.Key, c.Value));

    /// <summary>Returns the counters of a queue.</summary>
    public IReadOnlyList<CounterRow> Of(QueueName queue) =>
        _ofQueue.TryGetValue(queue, out var counters)
            ? [.. counters.Select(counter => Row((queue, counter.Method, counter.State), counter.Cell))]
            : [];

    /// <summary>
    /// Returns the queues that have counters, ordered by name: those after the given name, or all if the name is null.
    /// </summary>
    public IEnumerable<QueueName> QueuesAfter(string? name)
    {
        if (_queues.Max is not { } last || string.CompareOrdinal(name, last) >= 0)
            return [];
        var inside = name is null ? _queues : _queues.GetViewBetween(name, last);
        return inside.Where(queue => queue != name).Select(queue => new QueueName(queue));
    }

    /// <summary>Restores a counter. A counter that is zero is not kept in memory.</summary>
    public void Restore(CounterRow row)
    {
        if (row.Jobs == 0 && row.ResultBytes == 0)
            return;
        if (row.State.IsEnded())
            histories.Add(row.Queue, row.State, row.Jobs, row.InputBytes, row.ResultBytes);
        Add(
            (row.Queue, row.Method, row.State),
            new Cell
            {
                Jobs = row.Jobs,
                InputBytes = row.InputBytes,
                ResultBytes = row.ResultBytes,
            }
        );
    }

    /// <summary>Adds the rows of all counters that changed since the previous batch.</summary>
    public void WriteChangesTo(Batch batch)
    {
        foreach (var key in _changed)
        {
            var cell = _cells[key];
            cell.Changed = false;
            batch.Add(new RowChange.CounterPut(Row(key, cell)));
        }
        _changed.Clear();
    }

    private static CounterRow Row((QueueName Queue, MethodName Method, JobState State) key, Cell cell) =>
        new(key.Queue, key.Method, key.State, cell.Jobs, cell.InputBytes, cell.ResultBytes);

    private void Change(
        (QueueName Queue, MethodName Method, JobState State) key,
        int jobs,
        long inputBytes,
        long resultBytes
    )
    {
        if (key.State.IsEnded())
            histories.Add(key.Queue, key.State, jobs, inputBytes, resultBytes);
        if (!_cells.TryGetValue(key, out var cell))
        {
            if (_cells.Count >= _sweepAt)
                Sweep();
            Add(key, cell = new Cell());
        }
        cell.Jobs += jobs;
        cell.InputBytes += inputBytes;
        cell.ResultBytes += resultBytes;
        if (cell.Changed)
            return;
        cell.Changed = true;
        _changed.Add(key);
    }

    private void Add((QueueName Queue, MethodName Method, JobState State) key, Cell cell)
    {
        _cells.Add(key, cell);
        if (!_ofQueue.TryGetValue(key.Queue, out var counters))
        {
            _queues.Add(key.Queue.Text);
            _ofQueue.Add(key.Queue, counters = []);
        }
        counters.Add((key.Method, key.State, cell));
    }

    private void Remove((QueueName Queue, MethodName Method, JobState State) key)
    {
        _cells.Remove(key, out var cell);
        var counters = _ofQueue[key.Queue];
        counters.RemoveAll(counter => counter.Cell == cell);
        if (counters.Count > 0)
            return;
        _ofQueue.Remove(key.Queue);
        _queues.Remove(key.Queue.Text);
    }

    /// <summary>
    /// Removes the counters that are zero and already stored as such. They counted unfinished jobs in queues that are
    /// no longer in use.
    /// </summary>
    private void Sweep()
    {
        foreach (var (key, cell) in _cells)
            if (cell is { Jobs: 0, ResultBytes: 0, Changed: false })
                Remove(key);
        _sweepAt = Math.Max(FirstSweep, 2 * _cells.Count);
    }
}
