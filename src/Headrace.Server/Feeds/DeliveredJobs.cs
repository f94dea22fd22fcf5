using Headrace.Core;

namespace Headrace.Server.Feeds;

/// <summary>Reads the jobs that a pull delivered.</summary>
internal static class DeliveredJobs
{
    /// <summary>
    /// Returns the jobs in delivery order. A job that was deleted or retried after the pull is omitted.
    /// </summary>
    public static async Task<IReadOnlyList<DoneRow>> ReadAsync(
        IJobStore jobStore,
        IReadOnlyList<DeliveredCompletion> completions,
        CancellationToken cancellationToken
    )
    {
        var rows = await jobStore.ReadAsync(
            [.. completions.Select(end => new RowKey.Ended(end.Job))],
            cancellationToken
        );
        var byJob = rows.OfType<DoneRow>().ToDictionary(row => row.Job.Id);
        return
        [
            .. from end in completions
            let row = byJob.GetValueOrDefault(end.Job)
            // A job that was retried after the pull may have ended again, with another completion number.
            where row?.CompletionNumber == end.CompletionNumber
            select row!,
        ];
    }
}
