using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Payloads at hand, bounded in bytes. When it is full the oldest go, but only those of an age: bodies are wanted in
/// the order of their coming, so a full shelf that always gave up its oldest would hold,
/// under a long queue, everything but what is wanted next. Used under its owner's lock.
/// </summary>
internal sealed class PayloadShelf(long mostBytes, TimeSpan keptFor)
{
    /// <summary>What an entry takes beside its bytes: row, array, entries of table and queue.</summary>
    private const int EntryBytes = 220;

    /// <summary>What decoding from base64 may leave unused at the end of an array.</summary>
    private const int Spare = 4;

    private readonly Dictionary<long, PayloadRow> _rows = [];

    // May name keys that have gone; it is cut when it is twice as long as the table.
    private readonly Queue<(long Key, Instant Since)> _order = [];
    private long _bytes;

    /// <summary>
    /// Takes the row as it is, or with a copy of its bytes where they are a slice of something larger, all of which
    /// they would keep.
    /// </summary>
    public void Add(long key, PayloadRow row, Instant now)
    {
        while (_bytes + row.Bytes.Length + EntryBytes > mostBytes)
        {
            if (!_order.TryPeek(out var oldest) || (_rows.ContainsKey(oldest.Key) && now - oldest.Since < keptFor))
                return;
            _order.Dequeue();
            Remove(oldest.Key);
        }
        if (!_rows.TryAdd(key, IsSlice(row.Bytes) ? row with { Bytes = row.Bytes.ToArray() } : row))
            return;
        _order.Enqueue((key, now));
        _bytes += row.Bytes.Length + EntryBytes;
        if (_order.Count > (2 * _rows.Count) + 1_000)
            Tidy();
    }

    public void Remove(long key)
    {
        if (_rows.Remove(key, out var row))
            _bytes -= row.Bytes.Length + EntryBytes;
    }

    public bool TryGet(long key, [NotNullWhen(true)] out PayloadRow? row) => _rows.TryGetValue(key, out row);

    private static bool IsSlice(ReadOnlyMemory<byte> bytes) =>
        !MemoryMarshal.TryGetArray(bytes, out var segment) || segment.Array!.Length > bytes.Length + Spare;

    private void Tidy()
    {
        var kept = _order.Where(entry => _rows.ContainsKey(entry.Key)).ToList();
        _order.Clear();
        foreach (var entry in kept)
            _order.Enqueue(entry);
    }
}
