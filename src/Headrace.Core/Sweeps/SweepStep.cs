using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Retention;

namespace Headrace.Core.Sweeps;

/// <summary>Applies the action of a sweep to the jobs on one page.</summary>
internal sealed class SweepStep(BrokerState state, Lifecycle lifecycle, CapacityRule capacity, JobDeletion deletion)
{
    /// <summary>
    /// Returns the sweep after this page. If there is no capacity for a job, the sweep stops before that job and states
    /// the reason. The next step continues with the same job.
    /// </summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="page">The jobs that match, newest first.</param>
    /// <param name="outdated">The ended jobs whose rows in the page are out of date.</param>
    /// <param name="context">The batch and the time.</param>
    public SweepRow Apply(SweepRow sweep, SweepPageRow page, IReadOnlySet<JobId> outdated, ApplyContext context)
    {
        var (changed, skipped) = (0, 0);
        foreach (var row in page.Rows)
        {
            var (id, completion) = Identify(row);
            if (outdated.Contains(id) || id.Value >= sweep.JobBound || completion >= sweep.CompletionBound)
            {
                skipped++;
                continue;
            }
            var rejection = Act(sweep, row, context, out var isChanged);
            if (rejection is not null)
                return Advance(sweep, id.Value + 1, changed, skipped, page.Examined) with
                {
                    Waiting = rejection.Detail,
                };
            if (isChanged)
                changed++;
            else
                skipped++;
        }
        return Advance(sweep, page.Next ?? 0, changed, skipped, page.Examined);
    }

    private static SweepRow Advance(SweepRow sweep, long cursor, int changed, int skipped, int examined) =>
        sweep with
        {
            Cursor = cursor,
            Changed = sweep.Changed + changed,
            Skipped = sweep.Skipped + skipped,
            Examined = sweep.Examined + examined,
            Waiting = null,
        };

    /// <summary>Returns the id of a job in the page and, if the job has ended, its completion number.</summary>
    private static (JobId Id, long? CompletionNumber) Identify(StoredRow row) =>
        row switch
        {
            JobRow job => (job.Id, null),
            DoneRow done => (done.Job.Id, done.CompletionNumber),
            EndedJob ended => (ended.Id, ended.CompletionNumber),
            _ => throw new InvalidOperationException($"A page contains a {row.GetType().Name}."),
        };

    /// <summary>
    /// Applies the action to a job. Returns a rejection if there is currently no capacity for the job.
    /// </summary>
    private Rejection? Act(SweepRow sweep, StoredRow row, ApplyContext context, out bool isChanged)
    {
        isChanged = false;
        switch (row)
        {
            case DoneRow done when sweep.Action == SweepAction.Retry:
                return Retry(sweep, done, context, out isChanged);
            case EndedJob ended:
                deletion.DeleteRequested(ended, context);
                isChanged = true;
                return null;
            // The row of an unfinished job may be out of date, but the job itself is in memory.
            case JobRow { Id: var id } when state.Jobs.TryGet(id, out var job) && sweep.Filter.Matches(job.ToRow()):
                return sweep.Action switch
                {
                    SweepAction.Cancel => Cancel(job, context, out isChanged),
                    SweepAction.Prioritize => Change(job, job.Spec.Queue, sweep.Priority, context, out isChanged),
                    SweepAction.Move => Move(job, sweep.Queue!.Value, context, out isChanged),
                    _ => null,
                };
            default:
                return null;
        }
    }

    private Rejection? Cancel(Job job, ApplyContext context, out bool isChanged)
    {
        isChanged = job.Status.State != JobState.Running || job.Status.StopRequest is not StopReason.Cancel;
        if (job.IsOnWorker())
            lifecycle.RequestStop(job, StopReason.Cancel, context);
        else
            lifecycle.End(job, JobState.Cancelled, context);
        return null;
    }

    private Rejection? Retry(SweepRow sweep, DoneRow row, ApplyContext context, out bool isChanged)
    {
        isChanged = false;
        if (RetryHandler.ReasonAgainst(row, context) is not null)
            return null;
        if (!state.Methods.TryGet(row.Job.Spec.Method, out var method))
            return null;
        if (state.StorageLowReason is { } low)
            return StoreRejection.DiskFull(low);
        if (capacity.Check(row.Job.Spec, sweep.Quota, context.Elapsed) is { } full)
            return full;
        lifecycle.Readmit(row, method, context);
        isChanged = true;
        return null;
    }

    private Rejection? Move(Job job, QueueName queue, ApplyContext context, out bool isChanged)
    {
        isChanged = false;
        if (job.Spec.Queue == queue || !IsMovable(job))
            return null;
        return capacity.CheckQueue(job.Spec with { Queue = queue }, context.Elapsed)
            ?? Change(job, queue, job.Spec.Priority, context, out isChanged);
    }

    private Rejection? Change(Job job, QueueName queue, int priority, ApplyContext context, out bool isChanged)
    {
        isChanged = IsMovable(job) && (job.Spec.Queue != queue || job.Spec.Priority != priority);
        if (isChanged)
            lifecycle.Requeue(job, queue, priority, context);
        return null;
    }

    /// <summary>
    /// True if the job can be moved to another queue. A running job cannot be moved, because its queue has reserved
    /// space for its result. The same applies to a job that its former holder can resume. A job that must run alone
    /// cannot be moved, because it may belong to a group.
    /// </summary>
    private static bool IsMovable(Job job) =>
        job.Status.State is JobState.Ready or JobState.Scheduled or JobState.Blocked
        && job.RetainedLease is null
        && !job.Status.Isolated;
}
