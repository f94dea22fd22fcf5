namespace Headrace.Core.Queues;

/// <summary>
/// Requests that wait for a free place in a full queue, in the order of their arrival. No places are reserved for them:
/// they submit their jobs again, and wait again if other jobs came first. Both their number and their waiting time are
/// limited.
/// </summary>
internal sealed class PlaceWaiters
{
    private readonly record struct Waiting(RequestId RequestId, long Bytes);

    private readonly Dictionary<QueueName, LinkedList<Waiting>> _byQueue = [];
    private readonly Dictionary<RequestId, QueueName> _byRequest = [];
    private readonly Timers<Elapsed, RequestId> _until;

    public PlaceWaiters() => _until = new Timers<Elapsed, RequestId>(_byRequest.ContainsKey);

    public IEnumerable<RequestId> RequestIds => _byRequest.Keys;

    public Elapsed? Next => _until.Next;

    public bool HasCapacity => _byRequest.Count < Limits.Waiters;

    public void Add(RequestId requestId, QueueName queue, long bytes, Elapsed until)
    {
        if (!_byQueue.TryGetValue(queue, out var waiting))
            _byQueue.Add(queue, waiting = []);
        waiting.AddLast(new Waiting(requestId, bytes));
        _byRequest.Add(requestId, queue);
        _until.Add(until, requestId);
    }

    /// <summary>Answers as many requests as the queue currently has free places for.</summary>
    public void OnChanged(Queue queue, Batch batch)
    {
        if (_byRequest.Count == 0 || !_byQueue.TryGetValue(queue.Name, out var waiting))
            return;
        var (jobs, bytes) = (0L, 0L);
        while (
            waiting.First is { Value: var first }
            // A queue that is being drained rejects the jobs at once.
            && (queue.Settings.Draining || queue.HasCapacity(jobs + 1, bytes + first.Bytes))
        )
        {
            jobs++;
            bytes += first.Bytes;
            OnCallerDisconnected(first.RequestId);
            batch.Add(first.RequestId, new Response.Acknowledged());
        }
    }

    /// <summary>Answers the requests whose time has ended.</summary>
    public void Expire(Elapsed now, Batch batch)
    {
        while (_until.TryTake(now, out var requestId))
            if (OnCallerDisconnected(requestId))
                batch.Add(requestId, new Response.Acknowledged());
    }

    /// <summary>Removes a request. Returns false if it is not waiting.</summary>
    public bool OnCallerDisconnected(RequestId requestId)
    {
        if (!_byRequest.Remove(requestId, out var queue))
            return false;
        var waiting = _byQueue[queue];
        for (var node = waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.RequestId != requestId)
                continue;
            waiting.Remove(node);
            break;
        }
        if (waiting.Count == 0)
            _byQueue.Remove(queue);
        return true;
    }
}
