using Headrace.Core.Dispatch;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>
/// Rebuilds the broker state from stored rows when the server takes ownership of the store. A running job stays
/// assigned to its lease holder for one lease period after the restore (R9); all other jobs can be dispatched at once.
/// </summary>
internal static class BrokerRestore
{
    /// <summary>
    /// Restores one row. Counters, methods and workers must be restored before the jobs that refer to them, and a feed
    /// before its ranges.
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
                (state.BatchNumber, state.NextJob, state.NextCompletion, state.Registry.NextVersion) = (
                    shard.Batch,
                    shard.NextJob,
                    shard.NextCompletion,
                    shard.NextRegistryVersion
                );
                state.Feeds.Epochs.Restore(shard.NextDeliveryEpoch);
                break;
            case CounterRow counter:
                state.Counters.Restore(counter);
                break;
            case MethodRow method:
                state.Methods.Add(method);
                break;
            case WorkerRow worker:
                state.Workers.Add(
                    new Worker(new LeaseHolder(worker.Name, worker.Incarnation), worker.Pool, worker.Joined, elapsed)
                );
                break;
            case FeedRow feed:
                state.Feeds.Add(new Feed(feed));
                break;
            case FeedRangeRow range when state.Feeds.TryGet(range.Feed, out var feed):
                feed.Restore(range.Range);
                break;
            case RegistryDocument document:
                state.Registry.Put(document);
                if (document.Kind == QueueSettings.Kind)
                    state.Queues.Configure(new QueueName(document.Id), QueueSettingsDocument.Read(document));
                break;
            case SweepRow sweep:
                state.Sweeps.Put(sweep);
                break;
            case JobRow job:
                Restore(state, job, elapsed);
                break;
            default:
                throw new InvalidOperationException($"A row of type {row.GetType().Name} cannot be restored.");
        }
    }

    private static void Restore(BrokerState state, JobRow row, Elapsed elapsed)
    {
        var job = new Job(row.Id, row.Spec) { Status = row.Status, Stored = true };
        var queue = state.Queues.GetOrAdd(row.Spec.Queue);
        state.Jobs.Add(job);
        state.Queues.Add(queue, row.Spec);
        if (row.Spec.Deadline < Instant.Never)
            state.Deadlines.Add(row.Spec.Deadline, job);
        switch (row.Status.State)
        {
            case JobState.Scheduled:
                state.TimersOf(job).Add(row.Status.ScheduledAt, job);
                break;
            case JobState.Ready:
                if (!state.Methods.TryGet(row.Spec.Method, out var method))
                    throw new HeadraceException(
                        $"Job {row.Id} uses the method '{row.Spec.Method}', which has no row in the store."
                    );
                state.Ready.Add(job, queue.LaneFor(method, row.Spec.Version));
                if (row.Status.ReservedBytes == 0)
                    break;
                job.Status.ReservedBytes = 0;
                state.Ready.Retain(job, RetainedLease.Of(row.Status));
                break;
            case JobState.Running:
                queue.Reserve(row.Status.ReservedBytes);
                if (job.IsMessage())
                    state.Messages.Restore(job, elapsed + state.Options.RestoredMessageLease);
                else
                    RestoreLease(state, job, row);
                break;
            case JobState.Blocked:
                RestoreChild(state, job);
                break;
        }
    }

    /// <summary>
    /// Restores a waiting child. Its parent has a smaller id, so it has been restored already. If the attempt that
    /// submitted the child no longer runs, the child is removed.
    /// </summary>
    private static void RestoreChild(BrokerState state, Job child)
    {
        if (
            child.Spec.Parent is { Lease: var lease }
            && state.Jobs.TryGet(lease.Job, out var parent)
            && parent.Lease == lease
            && parent.RunningAttempt?.Children is { } children
        )
            children.Add(child);
        else
            state.Orphans.Add(child);
    }

    private static void RestoreLease(BrokerState state, Job job, JobRow row)
    {
        if (state.Workers.Current(job.Status.Holder) is not { } holder)
            throw new HeadraceException(
                $"Job {job.Id} is running on worker {job.Status.Holder.Worker}, which has no row in the store."
            );
        var slots = state.Methods.SlotsOf(job);
        if (slots > 1 || job.Status.StopRequest != StopReason.None || row.LatestSubmission is not null)
            job.RunningAttempt = new RunningAttempt
            {
                Slots = slots,
                Children = row.LatestSubmission is { } latest ? new AttemptChildren(latest) : null,
            };
        holder.Attach(job);
        holder.CapacityAtGrant = holder.OccupiedSlots;
        if (job.Status.StopRequest == StopReason.None)
            return;
        state.StopRequested.Add(job);
        job.RunningAttempt!.StopInstruction = holder.Instructions.Issue();
    }
}
