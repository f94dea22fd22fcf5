namespace Headrace.Core.Queues;

/// <summary>All queues by name. A queue is created by its first job.</summary>
internal sealed class QueueTable(BrokerOptions options)
{
    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    public SortedDictionary<string, Queue>.ValueCollection All => _queues.Values;

    /// <summary>
    /// True if the queue exists or can still be created. Each queue is bounded, so limiting the number of queues bounds
    /// the total memory (R13).
    /// </summary>
    public bool CanHold(QueueName name) => _queues.Count < Limits.Queues || _queues.ContainsKey(name.Text);

    public Queue GetOrAdd(QueueName name)
    {
        if (!_queues.TryGetValue(name.Text, out var queue))
            _queues.Add(name.Text, queue = new Queue(name, options.MaxQueueJobs, options.MaxQueueBytes));
        return queue;
    }
}
