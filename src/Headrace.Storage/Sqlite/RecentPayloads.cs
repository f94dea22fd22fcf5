using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Bodies and results of the last commits, so that a reply finds the bytes of its leases, and a waiter its result, where they just were (R15): read back from the file they cost as much
/// as writing them, because each commit makes a reader fetch its pages anew. Bounded in bytes; the oldest go first, and a body with its job's end. A payload never changes, so what is here is what is stored.
/// </summary>
internal sealed class RecentPayloads(long mostBytes = RecentPayloads.DefaultBytes)
{
    /// <summary>32 MB: a hundred bodies of the size that seed systems send, or a quarter of a million small ones between two commits.</summary>
    private const long DefaultBytes = 32 << 20;

    /// <summary>What an entry takes beside its bytes: row, array, entries of table and queue, measured with empty bodies.</summary>
    private const int EntryBytes = 220;

    private readonly Lock _lock = new();

    // Under _lock. The queue may name keys that have gone; it is cut when it is twice as long as the table.
    private readonly Dictionary<long, PayloadRow> _rows = [];
    private readonly Queue<long> _order = [];
    private long _bytes;

    /// <summary>Takes what a batch has brought and forgets what it has ended; called once the batch is durable.</summary>
    public void Committed(IReadOnlyList<RowChange> changes)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (change is RowChange.PayloadAdded added) Add(PayloadKey.Of(added.Row.Job, added.Row.Kind), added.Row);
                else if (change is RowChange.JobEnded ended && ended.Row.Job.Spec.BodyBytes > 0) Remove(PayloadKey.Of(ended.Row.Job.Id, PayloadKind.Input));
            }
            while (_bytes > mostBytes && _order.TryDequeue(out var oldest)) Remove(oldest);
            if (_order.Count > (2 * _rows.Count) + 1_000) Tidy();
        }
    }

    /// <summary>The rows of these keys in their order, if every one of them is a payload that is here.</summary>
    public bool TryRead(IReadOnlyList<RowKey> keys, [NotNullWhen(true)] out IReadOnlyList<StoredRow>? rows)
    {
        rows = null;
        if (keys.Count == 0 || keys[0] is not RowKey.Payload) return false;
        var found = new StoredRow[keys.Count];
        lock (_lock)
        {
            for (var i = 0; i < found.Length; i++)
            {
                if (keys[i] is not RowKey.Payload payload || !_rows.TryGetValue(PayloadKey.Of(payload.Job, payload.Kind), out var row)) return false;
                found[i] = row;
            }
        }
        rows = found;
        return true;
    }

    private void Add(long key, PayloadRow row)
    {
        if (!_rows.TryAdd(key, row)) return;
        _order.Enqueue(key);
        _bytes += row.Bytes.Length + EntryBytes;
    }

    private void Remove(long key)
    {
        if (_rows.Remove(key, out var row)) _bytes -= row.Bytes.Length + EntryBytes;
    }

    private void Tidy()
    {
        var kept = _order.Where(_rows.ContainsKey).ToList();
        _order.Clear();
        foreach (var key in kept) _order.Enqueue(key);
    }
}
