using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>
/// Notifies every component that may have read the row of an ended job that the row no longer exists, because the job
/// was deleted or is unfinished again (R2).
/// </summary>
internal static class EndedRowRemoval
{
    public static void Record(BrokerState state, JobId job, QueueName queue)
    {
        state.PendingReads.Invalidate(new RowKey.Ended(job));
        state.SweepReads.OnEndedRowRemoved(job);
        state.Histories.GetOrAdd(queue).OnRemoved();
    }
}
