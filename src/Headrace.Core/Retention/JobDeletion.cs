namespace Headrace.Core.Retention;

/// <summary>
/// Deletes ended jobs and all their data. After the commit, their idempotency keys can be used for new jobs (R17).
/// </summary>
internal sealed class JobDeletion(BrokerState state, ResultRoom room)
{
    /// <summary>
    /// Deletes an expired job. Jobs expire in the order of their completion; the caller records the completion number
    /// up to which jobs have been deleted.
    /// </summary>
    public void DeleteExpired(EndedJob job, ApplyContext context)
    {
        context.Batch.Add(new RowChange.JobDeleted(job));
        foreach (var key in job.Keys)
            state.PendingReads.Invalidate(new RowKey.Key(key));
        state.Counters.Remove(job);
        state.Feeds.OnDeleted(job.Queue, job.CompletionNumber, job.State, context.Batch);
        EndedRowRemoval.Record(state, job.Id, job.Queue);
    }

    /// <summary>Deletes a job at a client's request, regardless of the job's age.</summary>
    public void DeleteRequested(EndedJob job, ApplyContext context)
    {
        DeleteExpired(job, context);
        state.Feeds.Removed.Add(job.CompletionNumber);
        room.Review(state.Histories.GetOrAdd(job.Queue), context);
    }
}
