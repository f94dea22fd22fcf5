using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// Rebuilds the broker state from stored rows when the server takes ownership of the store. Running jobs stay with
/// their holder for one lease from here (R9); all other jobs are dispatched at once.
/// </summary>
internal static class Loading
{
    /// <summary>
    /// Restores one row. Counters, methods and workers must precede the jobs that refer to them, and a feed must
    /// precede its ranges.
    /// </summary>
    public static void Restore(this Broker broker, StoredRow row, Elapsed elapsed)
    {
        var state = broker.State;
        switch (row)
        {
            case StoreRow store:
                state.Store = store.Id;
                break;
            case ShardRow shard:
                (state.BatchNumber, state.NextJob, state.NextFinish) = (shard.Batch, shard.NextJob, shard.NextFinish);
                break;
            case CounterRow counter:
                state.Counters.Restore(counter);
                state.Queues.Of(counter.Queue);
                if (!counter.State.IsEnded())
                    state.Jobs.Expect(counter.Jobs);
                break;
            case MethodRow method:
                state.Methods.Add(method);
                break;
            case WorkerRow worker:
                state.Workers.Add(
                    new Worker(new Holder(worker.Name, worker.Incarnation), worker.Pool, worker.Joined, elapsed)
                );
                break;
            case FeedRow feed:
                state.Feeds.Add(feed);
                break;
            case FeedRangeRow range when state.Feeds.TryGet(range.Feed, out var feed):
                feed.Given.Add(range.Span, out _);
                break;
            case JobRow job:
                Restore(state, job);
                break;
            default:
                throw new InvalidOperationException($"A row of type {row.GetType().Name} cannot be restored.");
        }
    }

    private static void Restore(BrokerState state, JobRow row)
    {
        var job = new Job(row.Id, row.Spec) { Now = row.Now, Stored = true };
        var queue = state.Queues.Of(row.Spec.Queue);
        state.Jobs.Add(job);
        queue.Take(row.Spec);
        if (row.Spec.Deadline < Instant.Never)
            state.Deadlines.Add(row.Spec.Deadline, job);
        switch (row.Now.State)
        {
            case JobState.Scheduled:
                state.Due.Add(row.Now.Due, job);
                break;
            case JobState.Ready:
                queue.Reserve(row.Now.ReservedBytes);
                if (!state.Methods.TryGet(row.Spec.Method, out var method))
                    throw new HeadraceException(
                        $"Job {row.Id} uses the method '{row.Spec.Method}', which has no row in the store."
                    );
                queue.LaneOf(method, row.Spec.Version).Add(job);
                break;
            case JobState.Running:
                queue.Reserve(row.Now.ReservedBytes);
                Rejoin(state, job);
                break;
        }
    }

    private static void Rejoin(BrokerState state, Job job)
    {
        if (state.Workers.Current(job.Now.Holder) is not { } holder)
            throw new HeadraceException(
                $"Job {job.Id} is running on worker {job.Now.Holder.Worker}, which has no row in the store."
            );
        holder.Rows.Add(job);
        holder.GrantedWithin = holder.Rows.Count;
        if (job.Now.Alone)
            holder.Suspects.Add(job);
        if (job.Now.Wanted == Wanted.Nothing)
            return;
        state.Wanted.Add(job);
        job.Run = new JobRun { WantedOrder = holder.Orders.Give() };
    }
}
