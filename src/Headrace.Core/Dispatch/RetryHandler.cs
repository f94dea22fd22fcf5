using Headrace.Core.Explain;
using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Makes failed and cancelled jobs ready again. An ended job is not in memory, so the command first requests its row
/// and is applied again with it (R2).
/// </summary>
internal sealed class RetryHandler(BrokerState state, Lifecycle lifecycle, CapacityRule capacity)
{
    public Response Apply(RequestId requestId, Command.Retry command, ApplyContext context)
    {
        if (state.Jobs.TryGet(command.Job, out var unfinished))
            return AnswerUnfinished(requestId, command, unfinished);
        if (state.StorageLowReason is { } low)
            return Reject(requestId, StoreRejection.DiskFull(low));
        RowKey key = new RowKey.Ended(command.Job);
        if (!command.IsRead)
        {
            state.PendingReads.Begin(requestId, [key]);
            return new Response.ReadRequired([key]);
        }
        return state.PendingReads.Complete(requestId) switch
        {
            PendingReadState.Stale => new Response.ReadRequired([key]),
            PendingReadState.Abandoned => new Response.Rejected(
                new Rejection(
                    RejectionKind.Unavailable,
                    $"Other requests are retrying job {command.Job} at the same time. Try again."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
            ),
            _ => command.Ended is { } ended ? Retry(ended, command, context) : new Response.NotLive(),
        };
    }

    /// <summary>
    /// Responds to a retry of an unfinished job. If the caller specified when the job ended, the job has been retried
    /// since then.
    /// </summary>
    private Response AnswerUnfinished(RequestId requestId, Command.Retry command, Job unfinished)
    {
        if (command.KnownEnd is null)
            return Reject(
                requestId,
                NotRetryable(
                    $"Job {command.Job} is {unfinished.Status.State.ToWireName()}, so it cannot be retried. Wait until "
                        + "it ends, or cancel it first."
                )
            );
        state.PendingReads.Release(requestId);
        return new Response.Live(unfinished.ToRow(), null);
    }

    private Response Retry(DoneRow ended, Command.Retry command, ApplyContext context)
    {
        var (id, spec) = (ended.Job.Id, ended.Job.Spec);
        if (command.KnownEnd < ended.Ended)
            return new Response.Ended(ended);
        if (command.KnownEnd > ended.Ended)
            return new Response.Rejected(
                NotRetryable(
                    $"Job {id} ended at {JobExplainer.Text(ended.Ended)}, not at "
                        + $"{JobExplainer.Text(command.KnownEnd.Value)}. Read the job, and retry it with the time at "
                        + "which it ended."
                )
            );
        if (ReasonAgainst(ended, context) is { } reason)
            return new Response.Rejected(NotRetryable(reason));
        if (!state.Methods.TryGet(spec.Method, out var method))
            return new Response.Rejected(
                NotRetryable($"Job {id} uses the method '{spec.Method}', which is not in the store.")
            );
        if (capacity.Check(spec, command.Quota, context.Elapsed) is { } full)
            return new Response.Rejected(full);
        return new Response.Retried(lifecycle.Readmit(ended, method, context).ToRow());
    }

    /// <summary>Returns the reason why an ended job cannot be retried; null if it can.</summary>
    public static string? ReasonAgainst(DoneRow ended, ApplyContext context)
    {
        var (id, deadline) = (ended.Job.Id, ended.Job.Spec.Deadline);
        return ended.Job.Status.State == JobState.Succeeded
                ? $"Job {id} has succeeded, so it cannot be retried. Submit a new job, or edit this one."
            : deadline <= context.Now
                ? $"The deadline of job {id} passed at {JobExplainer.Text(deadline)}, so it would fail again "
                    + "immediately. Submit it again with a different deadline."
            : null;
    }

    private Response.Rejected Reject(RequestId requestId, Rejection rejection)
    {
        state.PendingReads.Release(requestId);
        return new Response.Rejected(rejection);
    }

    private static Rejection NotRetryable(string detail) => new(RejectionKind.NotRetryable, detail);
}
