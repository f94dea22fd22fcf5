using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core;

/// <summary>
/// Requests that wait for a named object, such as a queue or a feed, in the order of their arrival. Both the number of
/// requests and their waiting time are limited.
/// </summary>
internal sealed class ParkedRequests<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedList<RequestId>> _byKey = [];
    private readonly Dictionary<RequestId, (TKey Key, LinkedListNode<RequestId> Node)> _byRequest = [];
    private readonly Timers<Elapsed, RequestId> _until;

    public ParkedRequests() => _until = new Timers<Elapsed, RequestId>(_byRequest.ContainsKey);

    public int Count => _byRequest.Count;

    public IEnumerable<RequestId> RequestIds => _byRequest.Keys;

    public Elapsed? Next => _until.Next;

    public bool HasCapacity => _byRequest.Count < Limits.Waiters;

    public void Add(RequestId requestId, TKey key, Elapsed until)
    {
        if (!_byKey.TryGetValue(key, out var waiting))
            _byKey.Add(key, waiting = []);
        _byRequest.Add(requestId, (key, waiting.AddLast(requestId)));
        _until.Add(until, requestId);
    }

    /// <summary>Returns the request that has been waiting longest, without removing it.</summary>
    public bool TryPeekFirst(TKey key, out RequestId requestId)
    {
        requestId = default;
        if (_byRequest.Count == 0 || !_byKey.TryGetValue(key, out var waiting))
            return false;
        requestId = waiting.First!.Value;
        return true;
    }

    /// <summary>Removes the request that has been waiting longest.</summary>
    public bool TryTakeFirst(TKey key, out RequestId requestId) =>
        TryPeekFirst(key, out requestId) && Remove(requestId);

    /// <summary>Removes a request whose wait time has expired.</summary>
    public bool TryTakeExpired(Elapsed now, out RequestId requestId, [MaybeNullWhen(false)] out TKey key)
    {
        while (_until.TryTake(now, out requestId))
        {
            if (!_byRequest.TryGetValue(requestId, out var parked))
                continue;
            key = parked.Key;
            return Remove(requestId);
        }
        key = default;
        return false;
    }

    /// <summary>Removes a request. Returns false if it is not waiting.</summary>
    public bool Remove(RequestId requestId)
    {
        if (!_byRequest.Remove(requestId, out var parked))
            return false;
        var waiting = parked.Node.List!;
        waiting.Remove(parked.Node);
        if (waiting.Count == 0)
            _byKey.Remove(parked.Key);
        return true;
    }
}
