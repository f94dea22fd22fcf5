namespace Headrace.Core.Jobs;

/// <summary>
/// The rows that are being read for commands (R2). If such a row changes during the read, the command may receive an
/// outdated version and must read the row again.
/// </summary>
internal sealed class PendingReads
{
    /// <summary>Maximum number of reads before a command is rejected.</summary>
    private const int MaxReads = 3;

    private sealed class PendingRead(IReadOnlyCollection<RowKey> keys)
    {
        public IReadOnlyCollection<RowKey> Keys { get; } = keys;
        public bool Stale { get; set; }
        public int Reads { get; set; } = 1;
    }

    private readonly Dictionary<RequestId, PendingRead> _byRequest = [];
    private readonly Dictionary<RowKey, List<PendingRead>> _byKey = [];

    public int Count => _byRequest.Count;

    public bool Contains(RequestId requestId) => _byRequest.ContainsKey(requestId);

    public void Begin(RequestId requestId, IReadOnlyCollection<RowKey> keys)
    {
        var pendingRead = new PendingRead(keys);
        _byRequest.Add(requestId, pendingRead);
        foreach (var key in keys)
        {
            if (!_byKey.TryGetValue(key, out var pins))
                _byKey.Add(key, pins = []);
            pins.Add(pendingRead);
        }
    }

    /// <summary>
    /// Marks all pending reads of a row as stale. Call it whenever such a row is created, changed or deleted.
    /// </summary>
    public void Invalidate(RowKey key)
    {
        if (_byKey.TryGetValue(key, out var pins))
            foreach (var pendingRead in pins)
                pendingRead.Stale = true;
    }

    /// <summary>
    /// Completes a read. <see cref="PendingReadState.UpToDate"/> ends the pending read; <see
    /// cref="PendingReadState.Stale"/> means that the rows must be read again.
    /// </summary>
    public PendingReadState Complete(RequestId requestId)
    {
        var pendingRead = _byRequest[requestId];
        if (pendingRead.Stale && pendingRead.Reads < MaxReads)
        {
            pendingRead.Reads++;
            pendingRead.Stale = false;
            return PendingReadState.Stale;
        }
        Release(requestId);
        return pendingRead.Stale ? PendingReadState.Abandoned : PendingReadState.UpToDate;
    }

    public void Release(RequestId requestId)
    {
        if (!_byRequest.Remove(requestId, out var pendingRead))
            return;
        foreach (var key in pendingRead.Keys)
        {
            var pins = _byKey[key];
            pins.Remove(pendingRead);
            if (pins.Count == 0)
                _byKey.Remove(key);
        }
    }
}

/// <summary>The state of a pending read when its rows arrive.</summary>
internal enum PendingReadState
{
    UpToDate,
    Stale,
    Abandoned,
}
