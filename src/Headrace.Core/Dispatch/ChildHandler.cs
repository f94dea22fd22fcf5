using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Accepts the children that a running attempt submits (R13). All children of a message are accepted, or none. Each
/// submission of an attempt is decided once: its number is stored in the row of the parent, in the commit that adds the
/// children, so a message that arrives again changes nothing.
/// </summary>
internal sealed class ChildHandler(BrokerState state, Lifecycle lifecycle, JobAdmission admission)
{
    private static readonly Rejection RejectedBefore = new(
        RejectionKind.Unavailable,
        "The submission was rejected before, and the reason is no longer known, because the server has restarted. "
            + "Submit the jobs again."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>
    /// The message renews no lease, so it resumes no attempt: the next exchange does, or the worker learns that its
    /// lease was revoked.
    /// </summary>
    private static readonly Rejection LeaseExpired = new(
        RejectionKind.Unavailable,
        "The lease of the attempt has expired. Send the submission again when an exchange has listed the lease."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public Response Apply(Command.SubmitChildren command, ApplyContext context)
    {
        if (RejectionOfSender(command) is { } forbidden)
            return new Response.Rejected(forbidden);
        if (FindParent(command) is not { } parent)
            return LeaseLost($"Attempt {command.Parent} is not running on worker {command.Sender.Worker}");
        if (parent.Status.State != JobState.Running)
            return new Response.Rejected(LeaseExpired);
        if (parent.RunningAttempt?.Children is { } earlier && command.Number <= earlier.Latest.Number)
            return Repeat(command, earlier);
        // The children would be cancelled with the attempt. The request to cancel it is never withdrawn.
        if (parent.Status.StopRequest == StopReason.Cancel)
            return LeaseLost($"Attempt {command.Parent} was asked to stop, because its job was cancelled");
        var attempt = parent.RunningAttempt ??= new RunningAttempt();
        var children = attempt.Children ??= new AttemptChildren(new ChildSubmission(0, default));
        context.Batch.MarkDirty(parent);
        return Decide(command, parent, children, context);
    }

    private Response Decide(
        Command.SubmitChildren command,
        Job parent,
        AttemptChildren children,
        ApplyContext context
    )
    {
        if (command.Jobs.Count == 0)
        {
            children.Reject(command.Number, null);
            return new Response.Acknowledged();
        }
        var accepted = new List<Job>(command.Jobs.Count);
        var worker = state.Workers.Current(parent.Status.Holder)!;
        var (waiting, bytes) = worker.WaitingChildren;
        foreach (var job in command.Jobs)
        {
            var (spec, body) = InputPayload.Pack(job);
            Method? method = null;
            var rejection =
                CheckStorage()
                ?? CheckWorker(worker, waiting + accepted.Count, bytes, spec)
                ?? admission.Check(spec, job.Quota, context.Elapsed, out method);
            if (rejection is not null)
            {
                var index = accepted.Count;
                lifecycle.RemoveChildren(accepted, context);
                children.Reject(command.Number, rejection);
                return new Response.ChildrenRejected(index, rejection);
            }
            accepted.Add(lifecycle.AdmitChild(admission.Complete(job, spec, method!, context), body, parent, context));
            bytes += spec.InputBytes;
        }
        children.Accept(command.Number, accepted[^1].Id);
        return new Response.ChildrenSubmitted([.. accepted.Select(child => child.Id)]);
    }

    private Rejection? CheckStorage() =>
        state.StorageLowReason is { } low ? StoreRejection.DiskFull(low) : null;

    /// <summary>Limits what one command has to release or remove when the worker ends (R3).</summary>
    private static Rejection? CheckWorker(Worker worker, int waiting, long bytes, JobSpec spec)
    {
        if (waiting >= Limits.ChildrenPerWorker)
            return TooMany(
                $"{Limits.ChildrenPerWorker} children wait for the attempts of worker {worker.Identity.Worker}, which "
                    + "is the limit."
            );
        return bytes + spec.InputBytes > Limits.ChildBytesPerWorker
            ? TooMany(
                $"The bodies and params of the children that wait for the attempts of worker {worker.Identity.Worker} "
                    + $"total {bytes} bytes, and this one of {spec.InputBytes} bytes would exceed the limit of "
                    + $"{Limits.ChildBytesPerWorker} bytes."
            )
            : null;
    }

    private static Response Repeat(Command.SubmitChildren command, AttemptChildren children)
    {
        var latest = children.Latest;
        // The worker sends its next submission only after it has read the reply to this one, so it no longer waits for
        // the reply to an older one.
        if (command.Number < latest.Number)
            return LeaseLost($"Submission {command.Number} of attempt {command.Parent} was followed by a later one");
        return latest.IsAccepted
            ? new Response.ChildrenSubmitted(latest.Children(command.Count))
            : new Response.ChildrenRejected(-1, children.Rejection ?? RejectedBefore);
    }

    /// <summary>
    /// Returns the job whose attempt submits children; null if the sender does not hold its lease. The lease may have
    /// expired, and its holder may still resume the attempt (R11).
    /// </summary>
    private Job? FindParent(Command.SubmitChildren command) =>
        state.Jobs.TryGet(command.Parent.Job, out var job)
        && job.Lease == command.Parent
        && !job.IsMessage()
        && (job.Status.State == JobState.Running ? job.Status.Holder : job.RetainedLease?.Holder) == command.Sender
            ? job
            : null;

    private Rejection? RejectionOfSender(Command.SubmitChildren command)
    {
        if (command.Store is { } store && store != state.Store)
            return new Rejection(
                RejectionKind.LeaseLost,
                $"This server uses store {state.Store}, but the worker belongs to store {store}."
            );
        return state.Workers.RejectionOfKey(command.Sender, command.PoolOfKey);
    }

    private static Response.Rejected LeaseLost(string why) =>
        new(new Rejection(RejectionKind.LeaseLost, $"{why}, so it submits no further jobs."));

    private static Rejection TooMany(string detail) =>
        new(
            RejectionKind.TooManyChildren,
            $"{detail} Submit them after other attempts of the worker have ended, or divide the work among more jobs "
                + "and workers."
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };
}
