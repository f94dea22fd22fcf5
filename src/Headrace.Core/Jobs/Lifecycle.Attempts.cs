using Headrace.Core.Messages;

namespace Headrace.Core.Jobs;

/// <summary>How attempts end, and what then becomes of the children that they submitted (R13).</summary>
internal sealed partial class Lifecycle
{
    /// <summary>
    /// Adds a child of a running attempt, which waits until the attempt has ended (R13). The caller has already checked
    /// the capacity.
    /// </summary>
    public Job AdmitChild(JobSpec spec, ReadOnlyMemory<byte> body, Job parent, ApplyContext context)
    {
        var child = Create(spec with { Parent = new ParentAttempt(parent.Lease) }, body, context);
        Enter(child);
        Transition(child, JobState.Blocked, context);
        parent.RunningAttempt!.Children!.Add(child);
        return child;
    }

    /// <summary>
    /// Removes children whose attempt did not succeed, as if they had never been submitted (R13). A request that is
    /// waiting for one of them receives the response that the job does not exist.
    /// </summary>
    public void RemoveChildren(IReadOnlyList<Job> children, ApplyContext context)
    {
        var unstored = new HashSet<JobId>();
        foreach (var child in children)
        {
            Transition(child, JobState.None, context);
            state.Jobs.Remove(child);
            var queue = state.Queues.GetOrAdd(child.Spec.Queue);
            state.Queues.Remove(queue, child.Spec);
            state.PlaceWaiters.OnChanged(queue, context.Batch);
            state.Waiters.Complete(child.Id, new Response.NotLive(), context.Batch);
            if (!child.Stored)
            {
                unstored.Add(child.Id);
                continue;
            }
            context.Batch.Add(new RowChange.JobRemoved(child.Id, child.Spec.Tags));
            context.Batch.Add(new Effect.JobMoved(child.ToRow(), child.MovedFrom!.Value, context.Now));
        }
        if (unstored.Count > 0)
            context.Batch.DiscardPayloads(unstored);
    }

    /// <summary>
    /// Decides about the children of an attempt that has ended. They are released if it succeeded, unless a client had
    /// requested its cancellation: they are then cancelled, however it ended. Otherwise, they are removed (R13).
    /// </summary>
    private void Settle(AttemptChildren? children, bool succeeded, ApplyContext context)
    {
        if (children is null)
            return;
        var waiting = children.Waiting();
        if (children.IsCancelled)
            foreach (var child in waiting)
                End(child, JobState.Cancelled, context);
        else if (succeeded)
            foreach (var child in waiting)
                Begin(child, MethodOf(child), context);
        else
            RemoveChildren(waiting, context);
    }

    /// <summary>Removes a child from those that wait for its parent, if the parent is still running.</summary>
    private void LeaveParent(Job child)
    {
        if (child.Spec.Parent is { } submitted && state.Jobs.TryGet(submitted.Lease.Job, out var parent))
            parent.RunningAttempt?.Children?.Remove(child);
    }

    /// <summary>Ends the running attempt of a job. Returns the children that it has submitted.</summary>
    private AttemptChildren? Detach(Job job, ApplyContext context)
    {
        var children = job.RunningAttempt?.Children;
        children?.IsCancelled = job.Status.StopRequest == StopReason.Cancel;
        if (job.IsMessage())
            state.Messages.Remove(job);
        else if (state.Workers.Current(job.Status.Holder) is { } holder)
            holder.Detach(job, context.Elapsed);
        state.StopRequested.Remove(job);
        job.Status.StopRequest = StopReason.None;
        job.RunningAttempt = null;
        return children;
    }

    /// <summary>
    /// Immediately reports that an attempt has ended but its job has not. Another worker can claim the job in the same
    /// batch, and both attempts must then be reported.
    /// </summary>
    private static void ReportEndOfAttempt(Job job, ApplyContext context)
    {
        if (job.MovedFrom != JobState.Running)
            return;
        context.Batch.Add(new Effect.JobMoved(job.ToRow(), JobState.Running, context.Now));
        job.MovedFrom = null;
    }
}
