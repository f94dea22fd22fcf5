namespace Headrace.Core.Queues;

/// <summary>The queues by name; one comes to be with its first job.</summary>
internal sealed class QueueTable(BrokerOptions options)
{
    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    public SortedDictionary<string, Queue>.ValueCollection All => _queues.Values;

    /// <summary>A queue has a bound, and so has their number: what is in memory is bounded (R13).</summary>
    public bool HasRoomFor(QueueName name) => _queues.Count < Limits.Queues || _queues.ContainsKey(name.Text);

    public Queue Of(QueueName name)
    {
        if (!_queues.TryGetValue(name.Text, out var queue))
            _queues.Add(name.Text, queue = new Queue(name, options.QueueJobs, options.QueueBytes));
        return queue;
    }
}
