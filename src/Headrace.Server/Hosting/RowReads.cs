using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Hosting;

/// <summary>
/// Reads rows for commands while the shard loop builds and commits other batches (R2). Only the loop starts reads.
/// Their results are posted to the mailbox. A read that fails affects only the command that needs its rows.
/// </summary>
internal sealed class RowReads(IJobStore store, ShardMailbox mailbox, Action<Exception> logFailure)
{
    private int _count;

    /// <summary>Number of reads whose results have not been posted yet.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Starts the reads of one batch. The idempotency keys of all its commands are read together, because reading a key
    /// takes only microseconds, while starting a separate read costs several thread switches. Other reads may take
    /// longer, so each of them runs separately.
    /// </summary>
    public void Start(IReadOnlyList<RowRequest> requests)
    {
        var keyed = new List<RowRequest>(requests.Count);
        foreach (var request in requests)
        {
            if (request.Keys.All(static key => key is RowKey.Key))
                keyed.Add(request);
            else
                _ = RunAsync([request]);
        }
        if (keyed.Count > 0)
            _ = RunAsync(keyed);
    }

    private async Task RunAsync(List<RowRequest> requests)
    {
        Interlocked.Increment(ref _count);
        var events = new List<ShardEvent>(requests.Count);
        // If a read for several commands fails, the rows for each command are read separately, because the rows of a
        // single command may be the cause.
        if (requests.Count == 1 || !await TryReadAsync(requests, events))
            foreach (var request in requests)
                await ReadAsync(request, events);
        mailbox.Post(events);
        Interlocked.Decrement(ref _count);
        mailbox.Wake();
    }

    private async Task ReadAsync(RowRequest request, List<ShardEvent> events)
    {
        try
        {
            var rows = await store.ReadAsync(request.Keys, CancellationToken.None);
            events.Add(new ShardEvent.RowsRead(request, rows));
        }
#pragma warning disable CA1031 // Whatever the cause, only the caller of this read is affected.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logFailure(failure);
            events.Add(
                new ShardEvent.ReadFailed(
                    request,
                    failure is HeadraceException known
                        ? known.Reason
                        : "This is a bug in Headrace; see the server's log."
                )
            );
        }
    }

    /// <summary>Reads the rows of several commands in one snapshot. Returns false if the read failed.</summary>
    private async Task<bool> TryReadAsync(List<RowRequest> requests, List<ShardEvent> events)
    {
        IReadOnlyList<StoredRow> rows;
        try
        {
            rows = await store.ReadAsync([.. requests.SelectMany(request => request.Keys)], CancellationToken.None);
        }
#pragma warning disable CA1031 // The separate reads that follow report the failure.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
        var byName = new Dictionary<KeyName, KeyRow>(rows.Count);
        foreach (var row in rows.OfType<KeyRow>())
            byName[row.Name] = row;
        foreach (var request in requests)
        {
            var found = new List<StoredRow>(request.Keys.Count);
            foreach (var key in request.Keys)
                if (key is RowKey.Key named && byName.TryGetValue(named.Name, out var row))
                    found.Add(row);
            events.Add(new ShardEvent.RowsRead(request, found));
        }
        return true;
    }
}
