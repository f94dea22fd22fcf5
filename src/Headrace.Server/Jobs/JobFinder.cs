using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Jobs;

/// <summary>A job that was found: unfinished, with the reason why it waits, or ended.</summary>
internal abstract record FoundJob(JobRow Job)
{
    public sealed record Live(JobRow Row, string? Why) : FoundJob(Row);

    public sealed record Ended(DoneRow Row) : FoundJob(Row.Job);
}

/// <summary>
/// Finds unfinished and ended jobs. It asks the shard first, which answers for an unfinished job immediately or, if the
/// caller waits, when the job ends. It reads any other job from the store, after the shard's response and with both
/// rows in one snapshot. So an acknowledged job is never temporarily missing, and no waiting caller misses an end.
/// </summary>
internal sealed class JobFinder(IShardRouter shards, IJobStore jobStore)
{
    /// <summary>
    /// The job, after its end if that occurs within <paramref name="wait"/>; null if it does not exist.
    /// </summary>
    public async Task<FoundJob?> FindAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken) =>
        await shards.Of(id).QueryAsync<Response>(new Command.GetJob(id, wait), cancellationToken) switch
        {
            Response.Live live => new FoundJob.Live(live.Job, live.Explanation),
            Response.Ended ended => new FoundJob.Ended(ended.Job),
            _ => await StoredAsync(id, cancellationToken),
        };

    /// <summary>A job that the shard has just reported as not unfinished.</summary>
    public async Task<FoundJob?> StoredAsync(JobId id, CancellationToken cancellationToken)
    {
        var rows = await jobStore.ReadAsync([new RowKey.Ended(id), new RowKey.Live(id)], cancellationToken);
        if (rows.OfType<DoneRow>().FirstOrDefault() is { } ended)
            return new FoundJob.Ended(ended);
        return rows.OfType<JobRow>().FirstOrDefault() is { } live ? new FoundJob.Live(live, null) : null;
    }

    /// <summary>
    /// The stored body or result; null if the job has none. Throws <see cref="DamagedPayloadException"/>.
    /// </summary>
    public async Task<PayloadRow?> PayloadAsync(JobId id, PayloadKind kind, CancellationToken cancellationToken)
    {
        var payload = (await jobStore.ReadAsync([new RowKey.Payload(id, kind)], cancellationToken))
            .OfType<PayloadRow>()
            .FirstOrDefault();
        return payload is { IsDamaged: true } ? throw new DamagedPayloadException(id, kind) : payload;
    }
}
