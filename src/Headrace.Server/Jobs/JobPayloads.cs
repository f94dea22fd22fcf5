using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// Reads the bodies, results and long params of jobs for replies, within the memory budget for replies.
/// </summary>
internal sealed class JobPayloads(IJobStore jobStore, ReplyBudget budget)
{
    /// <summary>
    /// Reads a payload of a known size. The row is null if the payload does not exist. Returns a problem if not enough
    /// memory became available in time.
    /// </summary>
    public async Task<Result<HeldPayload>> ReadAsync(
        JobId id,
        PayloadKind kind,
        long bytes,
        CancellationToken cancellationToken
    )
    {
        if (!(await budget.ReserveAsync(bytes, cancellationToken)).TryGet(out var reservation, out var problem))
            return problem;
        try
        {
            var rows = await jobStore.ReadAsync([new RowKey.Payload(id, kind)], cancellationToken);
            return new HeldPayload(rows.OfType<PayloadRow>().FirstOrDefault(), reservation);
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads the results that are included in replies (<see cref="InlineResult"/>). These results are few and small, so
    /// no memory is reserved for them.
    /// </summary>
    public async Task<Dictionary<JobId, PayloadRow>> SmallAsync(
        IEnumerable<DoneRow> rows,
        CancellationToken cancellationToken
    )
    {
        List<RowKey> keys = [.. rows.Select(row => new RowKey.Payload(row.Job.Id, PayloadKind.Result))];
        return keys.Count == 0
            ? []
            : (await jobStore.ReadAsync(keys, cancellationToken)).OfType<PayloadRow>().ToDictionary(row => row.Job);
    }

    /// <summary>
    /// Reads the params of a job that are stored with its body. If their bytes are damaged, returns empty params, so
    /// that the rest of the job can still be shown.
    /// </summary>
    public async Task<Result<HeldPayload>> ParamsAsync(JobRow job, CancellationToken cancellationToken) =>
        await ReadAsync(job.Id, PayloadKind.Input, job.Spec.PayloadBytes, cancellationToken);
}

/// <summary>A payload in memory, and the memory reserved for it. Dispose of it when the reply has been sent.</summary>
internal sealed class HeldPayload(PayloadRow? row, ReplyBudget.Reservation reservation) : IDisposable
{
    public PayloadRow? Row { get; } = row;

    public ReadOnlyMemory<byte> Bytes => Row?.Bytes ?? default;

    public void Dispose() => reservation.Dispose();
}
