namespace Headrace.Core.Queues;

/// <summary>All queues by name. The first job of a queue creates it.</summary>
internal sealed class QueueTable(BrokerOptions options)
{
    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    public SortedDictionary<string, Queue>.ValueCollection All => _queues.Values;

    /// <summary>Each queue is bounded, and limiting the number of queues bounds the total memory (R13).</summary>
    public bool CanHold(QueueName name) => _queues.Count < Limits.Queues || _queues.ContainsKey(name.Text);

    public Queue GetOrAdd(QueueName name)
    {
        if (!_queues.TryGetValue(name.Text, out var queue))
            _queues.Add(name.Text, queue = new Queue(name, options.MaxQueueJobs, options.MaxQueueBytes));
        return queue;
    }
}
