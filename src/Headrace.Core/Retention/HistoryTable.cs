using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>
/// The histories of all queues with ended jobs. They are in rotation, so that each queue gets its turn.
/// </summary>
internal sealed class HistoryTable
{
    private const int FirstSweep = 1_024;

    private readonly Dictionary<QueueName, LinkedListNode<QueueHistory>> _byQueue = [];
    private readonly LinkedList<QueueHistory> _rotation = [];
    private int _sweepAt = FirstSweep;

    public int Count => _byQueue.Count;

    public IEnumerable<QueueHistory> All => _rotation;

    public bool TryGet(QueueName queue, [NotNullWhen(true)] out QueueHistory? history)
    {
        history = _byQueue.GetValueOrDefault(queue)?.Value;
        return history is not null;
    }

    public QueueHistory GetOrAdd(QueueName queue)
    {
        if (_byQueue.TryGetValue(queue, out var known))
            return known.Value;
        if (_byQueue.Count >= _sweepAt)
            Sweep();
        var node = _rotation.AddLast(new QueueHistory(queue));
        _byQueue.Add(queue, node);
        return node.Value;
    }

    /// <summary>Adds to the number and size of the ended jobs in a queue.</summary>
    public void Add(QueueName queue, JobState state, long jobs, long inputBytes, long resultBytes) =>
        GetOrAdd(queue)[HistoryClasses.Of(state)].Add(jobs, inputBytes, resultBytes);

    /// <summary>Returns the next queue in the rotation; null if there are no queues.</summary>
    public QueueHistory? Next()
    {
        if (_rotation.First is not { } node)
            return null;
        _rotation.RemoveFirst();
        _rotation.AddLast(node);
        return node.Value;
    }

    private void Sweep()
    {
        foreach (var (queue, node) in _byQueue)
            if (node.Value.IsEmpty)
            {
                _byQueue.Remove(queue);
                _rotation.Remove(node);
            }
        _sweepAt = Math.Max(FirstSweep, 2 * _byQueue.Count);
    }
}
