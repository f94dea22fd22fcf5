using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Bodies and results of the last commits, so that a reply finds the bytes of its leases, and a waiter its result,
/// where they just were (R15): read back from the file they cost as much
/// as writing them, because each commit makes a reader fetch its pages anew. A body goes with its job's end. A payload
/// never changes, so what is here is what is stored.
/// </summary>
internal sealed class RecentPayloads(long bodyBytes = 32 << 20, long resultBytes = 8 << 20)
{
    /// <summary>A body that nobody has wanted for so long makes room: its job may wait for days.</summary>
    private static readonly TimeSpan BodiesKept = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    // Under _lock.
    private readonly PayloadShelf _bodies = new(bodyBytes, BodiesKept);
    private readonly PayloadShelf _results = new(resultBytes, TimeSpan.Zero);

    /// <summary>
    /// Takes what a batch has brought and forgets what it has ended; called once the batch is durable.
    /// </summary>
    public void Committed(IReadOnlyList<RowChange> changes, Instant now)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (change is RowChange.PayloadAdded { Row: var row })
                    Of(row.Kind).Add(PayloadKey.Of(row.Job, row.Kind), row, now);
                else if (change is RowChange.JobEnded ended && ended.Row.Job.Spec.BodyBytes > 0)
                    _bodies.Remove(PayloadKey.Of(ended.Row.Job.Id, PayloadKind.Input));
            }
        }
    }

    /// <summary>The rows of these keys in their order, if every one of them is a payload that is here.</summary>
    public bool TryRead(IReadOnlyList<RowKey> keys, [NotNullWhen(true)] out IReadOnlyList<StoredRow>? rows)
    {
        rows = null;
        if (keys.Count == 0 || keys[0] is not RowKey.Payload)
            return false;
        var found = new StoredRow[keys.Count];
        lock (_lock)
        {
            for (var i = 0; i < found.Length; i++)
            {
                if (
                    keys[i] is not RowKey.Payload payload
                    || !Of(payload.Kind).TryGet(PayloadKey.Of(payload.Job, payload.Kind), out var row)
                )
                    return false;
                found[i] = row;
            }
        }
        rows = found;
        return true;
    }

    private PayloadShelf Of(PayloadKind kind) => kind == PayloadKind.Input ? _bodies : _results;
}
