using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A cache of payloads with a size limit in bytes. When it is full, it evicts the oldest entries, but only after a
/// minimum age. Bodies are read in the order of submission; without the minimum age, a long queue would evict exactly
/// the entries that are needed next. The cache is not thread-safe; the lock of its owner protects it.
/// </summary>
internal sealed class PayloadCache(long maxBytes, TimeSpan retention)
{
    /// <summary>
    /// Memory overhead of an entry in bytes: its row, its array, and its entries in the table and the queue.
    /// </summary>
    private const int EntryBytes = 220;

    /// <summary>Maximum number of bytes that base64 decoding may leave unused at the end of an array.</summary>
    private const int MaxSlackBytes = 4;

    /// <summary>
    /// Maximum fraction of a large array that other data may occupy, such as the other fields of a message.
    /// </summary>
    private const double MaxSlackShare = 1.0 / 16;

    private readonly Dictionary<long, PayloadRow> _rows = [];

    // The queue may contain keys that were removed from the table. It is compacted when it is twice as long as the
    // table.
    private readonly Queue<(long Key, Instant Since)> _order = [];
    private long _bytes;

    /// <summary>
    /// Adds the row unchanged. If its bytes are a slice of a larger array, copies them, so that the cache does not
    /// retain the whole array.
    /// </summary>
    public void Add(long key, PayloadRow row, Instant now)
    {
        while (_bytes + row.Bytes.Length + EntryBytes > maxBytes)
        {
            if (!_order.TryPeek(out var oldest) || (_rows.ContainsKey(oldest.Key) && now - oldest.Since < retention))
                return;
            _order.Dequeue();
            Remove(oldest.Key);
        }
        if (!_rows.TryAdd(key, IsSlice(row.Bytes) ? row with { Bytes = row.Bytes.ToArray() } : row))
            return;
        _order.Enqueue((key, now));
        _bytes += row.Bytes.Length + EntryBytes;
        if (_order.Count > (2 * _rows.Count) + 1_000)
            Compact();
    }

    public void Remove(long key)
    {
        if (_rows.Remove(key, out var row))
            _bytes -= row.Bytes.Length + EntryBytes;
    }

    public bool TryGet(long key, [NotNullWhen(true)] out PayloadRow? row) => _rows.TryGetValue(key, out row);

    private static bool IsSlice(ReadOnlyMemory<byte> bytes) =>
        !MemoryMarshal.TryGetArray(bytes, out var segment)
        || segment.Array!.Length - bytes.Length > Math.Max(MaxSlackBytes, MaxSlackShare * segment.Array.Length);

    private void Compact()
    {
        var kept = _order.Where(entry => _rows.ContainsKey(entry.Key)).ToList();
        _order.Clear();
        foreach (var entry in kept)
            _order.Enqueue(entry);
    }
}
