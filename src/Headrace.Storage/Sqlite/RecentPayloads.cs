using System.Diagnostics.CodeAnalysis;
using Headrace.Core;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// A cache of the bodies and results of recent commits, so that the bodies in a reply and the result for a waiting
/// client are read from memory (R15). Reading them from the file would cost as much as writing them, because each
/// commit invalidates the pages that a reader has cached. A body is removed when its job ends. Payloads never change,
/// so the cache always matches the store.
/// </summary>
internal sealed class RecentPayloads(long bodyBytes = 32 << 20, long resultBytes = 8 << 20)
{
    /// <summary>
    /// Minimum age of a cached body before it can be evicted. Older bodies can be evicted even if their
    /// jobs are still waiting, because a job may wait for days.
    /// </summary>
    private static readonly TimeSpan BodyRetention = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();

    // Both caches are protected by _lock.
    private readonly PayloadCache _bodies = new(bodyBytes, BodyRetention);
    private readonly PayloadCache _results = new(resultBytes, TimeSpan.Zero);

    /// <summary>
    /// Adds the payloads of a durable batch, and removes the bodies of the jobs that it ended and the results of the
    /// jobs that it deleted.
    /// </summary>
    public void OnCommitted(IReadOnlyList<RowChange> changes, Instant now)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (change is RowChange.PayloadAdded { Row: var row })
                    CacheFor(row.Kind).Add(PayloadKey.Of(row.Job, row.Kind), row, now);
                else if (change is RowChange.JobEnded ended && ended.Row.Job.Spec.PayloadBytes > 0)
                    _bodies.Remove(PayloadKey.Of(ended.Row.Job.Id, PayloadKind.Input));
                else if (change is RowChange.JobDeleted { Job: var deleted })
                    _results.Remove(PayloadKey.Of(deleted.Id, PayloadKind.Result));
            }
        }
    }

    /// <summary>
    /// If the payloads for all of these keys are cached, returns their rows in the order of the keys. Otherwise,
    /// returns false.
    /// </summary>
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
                    || !CacheFor(payload.Kind).TryGet(PayloadKey.Of(payload.Job, payload.Kind), out var row)
                )
                    return false;
                found[i] = row;
            }
        }
        rows = found;
        return true;
    }

    private PayloadCache CacheFor(PayloadKind kind) => kind == PayloadKind.Input ? _bodies : _results;
}
