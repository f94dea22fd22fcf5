using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Shards;

namespace Headrace.Server.Jobs;

/// <summary>
/// A job that was found: either an unfinished job, with the reason why it is waiting, or an ended job.
/// </summary>
internal abstract record FoundJob(JobRow Job)
{
    public sealed record Live(JobRow Row, string? Why) : FoundJob(Row);

    public sealed record Ended(DoneRow Row) : FoundJob(Row.Job);
}

/// <summary>
/// Finds unfinished and ended jobs. It queries the shard first. For an unfinished job, the shard responds immediately
/// or, if the caller waits, when the job ends. Any other job is then read from the store. The rows for unfinished and
/// ended jobs are read in one snapshot, so an acknowledged job is always found. A waiting caller is always notified
/// when the job ends.
/// </summary>
internal sealed class JobFinder(IShardRouter shards, IJobStore jobStore)
{
    /// <summary>
    /// Returns the job, or null if it does not exist or the caller is not permitted to read it. An unfinished job is
    /// returned when it ends, or after <paramref name="wait"/>.
    /// </summary>
    public async Task<FoundJob?> FindAsync(JobId id, TimeSpan wait, Caller caller, CancellationToken cancellationToken)
    {
        // The permission is checked before the wait, so that the timing of the reply does not reveal that the job
        // exists.
        if (
            wait > TimeSpan.Zero
            && !caller.ReadsAllJobs
            && await FindAsync(id, TimeSpan.Zero, caller, cancellationToken) is null
        )
            return null;
        var found = await LookUpAsync(id, wait, cancellationToken);
        return found is not null && caller.MayRead(found.Job.Spec) ? found : null;
    }

    private async Task<FoundJob?> LookUpAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken) =>
        await shards.Of(id).QueryAsync<Response>(new Command.GetJob(id, wait), cancellationToken) switch
        {
            Response.Live live => new FoundJob.Live(live.Job, live.Explanation),
            Response.Ended ended => new FoundJob.Ended(ended.Job),
            _ => await StoredAsync(id, cancellationToken),
        };

    /// <summary>
    /// Reads a job from the store after the shard has reported that it has no unfinished job with this id.
    /// </summary>
    public async Task<FoundJob?> StoredAsync(JobId id, CancellationToken cancellationToken)
    {
        var rows = await jobStore.ReadAsync([new RowKey.Ended(id), new RowKey.Live(id)], cancellationToken);
        if (rows.OfType<DoneRow>().FirstOrDefault() is { } ended)
            return new FoundJob.Ended(ended);
        return rows.OfType<JobRow>().FirstOrDefault() is { } live ? new FoundJob.Live(live, null) : null;
    }

    /// <summary>
    /// Reads the states of jobs from the store after the shard has reported that none of them is unfinished.
    /// </summary>
    public async Task<IReadOnlyDictionary<JobId, JobState>> StoredStatesAsync(
        IReadOnlyCollection<JobId> ids,
        CancellationToken cancellationToken
    )
    {
        if (ids.Count == 0)
            return new Dictionary<JobId, JobState>();
        var rows = await jobStore.ReadAsync([.. ids.Select(id => new RowKey.Ended(id))], cancellationToken);
        return rows.OfType<DoneRow>().ToDictionary(row => row.Job.Id, row => row.Job.Status.State);
    }

    /// <summary>
    /// Returns the stored body or result, or null if the job has none. Throws <see cref="DamagedPayloadException"/> if
    /// the stored bytes are damaged.
    /// </summary>
    public async Task<PayloadRow?> PayloadAsync(JobId id, PayloadKind kind, CancellationToken cancellationToken)
    {
        var payload = (await jobStore.ReadAsync([new RowKey.Payload(id, kind)], cancellationToken))
            .OfType<PayloadRow>()
            .FirstOrDefault();
        return payload is { IsDamaged: true } ? throw new DamagedPayloadException(id, kind) : payload;
    }
}
