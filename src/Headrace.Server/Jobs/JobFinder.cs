using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Jobs;

/// <summary>A job as found: live, with what it waits for, or ended.</summary>
internal abstract record FoundJob(JobRow Job)
{
    public sealed record Live(JobRow Row, string? Why) : FoundJob(Row);

    public sealed record Ended(DoneRow Row) : FoundJob(Row.Job);
}

/// <summary>
/// Finds a job wherever it is. The shard is asked first: what is live is answered there, or parked until its end. Only
/// what is not live is read from the store, after
/// the shard's answer, and both its rows in one snapshot: so nothing that was acknowledged is missing for a moment, and
/// no waiter misses an end.
/// </summary>
internal sealed class JobFinder(IShardRouter shards, IJobStore jobStore)
{
    /// <summary>The job, after its end if that comes within <paramref name="wait"/>; null when there is none.</summary>
    public async Task<FoundJob?> FindAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken) =>
        await shards.Of(id).QueryAsync<Response>(new Command.GetJob(id, wait), cancellationToken) switch
        {
            Response.Live live => new FoundJob.Live(live.Job, live.Explanation),
            Response.Ended ended => new FoundJob.Ended(ended.Job),
            _ => await StoredAsync(id, cancellationToken),
        };

    /// <summary>A job that the shard has just called not live.</summary>
    public async Task<FoundJob?> StoredAsync(JobId id, CancellationToken cancellationToken)
    {
        var rows = await jobStore.ReadAsync([new RowKey.Ended(id), new RowKey.Live(id)], cancellationToken);
        if (rows.OfType<DoneRow>().FirstOrDefault() is { } ended)
            return new FoundJob.Ended(ended);
        return rows.OfType<JobRow>().FirstOrDefault() is { } live ? new FoundJob.Live(live, null) : null;
    }

    /// <summary>
    /// Body or result as stored; null when the job has none. Throws <see cref="DamagedPayloadException"/>.
    /// </summary>
    public async Task<PayloadRow?> PayloadAsync(JobId id, PayloadKind kind, CancellationToken cancellationToken)
    {
        var payload = (await jobStore.ReadAsync([new RowKey.Payload(id, kind)], cancellationToken))
            .OfType<PayloadRow>()
            .FirstOrDefault();
        return payload is { IsDamaged: true } ? throw new DamagedPayloadException(id, kind) : payload;
    }
}
