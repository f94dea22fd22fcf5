namespace Headrace.Core.Queues;

/// <summary>
/// Requests that wait for a free place in a full queue, in the order of their arrival. No places are reserved for them.
/// When a place becomes free, the caller of a request submits its jobs again, and waits again if other jobs came first.
/// Both the number of requests and their waiting time are limited.
/// </summary>
internal sealed class PlaceWaiters
{
    private readonly ParkedRequests<QueueName> _parked = new();
    private readonly Dictionary<RequestId, long> _bytes = [];

    public IEnumerable<RequestId> RequestIds => _parked.RequestIds;

    public Elapsed? Next => _parked.Next;

    public bool HasCapacity => _parked.HasCapacity;

    public void Add(RequestId requestId, QueueName queue, long bytes, Elapsed until)
    {
        _parked.Add(requestId, queue, until);
        _bytes.Add(requestId, bytes);
    }

    /// <summary>Answers as many requests as there are free places in the queue.</summary>
    public void OnChanged(Queue queue, Batch batch)
    {
        var (jobs, bytes) = (0L, 0L);
        while (
            _parked.TryPeekFirst(queue.Name, out var first)
            // A queue that is being drained rejects the jobs at once.
            && (queue.Settings.Draining || queue.HasCapacity(jobs + 1, bytes + _bytes[first]))
        )
        {
            jobs++;
            bytes += _bytes[first];
            OnCallerDisconnected(first);
            batch.Add(first, new Response.Acknowledged());
        }
    }

    /// <summary>Answers the requests whose wait time has expired.</summary>
    public void Expire(Elapsed now, Batch batch)
    {
        while (_parked.TryTakeExpired(now, out var requestId, out _))
        {
            _bytes.Remove(requestId);
            batch.Add(requestId, new Response.Acknowledged());
        }
    }

    public void OnCallerDisconnected(RequestId requestId)
    {
        _parked.Remove(requestId);
        _bytes.Remove(requestId);
    }
}
