using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Messages;

/// <summary>
/// Delivers messages to clients and settles them. A message is a job, so it is durable, bounded and kept like any other
/// job, but it is held by a client instead of a worker (R28).
/// </summary>
internal sealed class MessageHandler(BrokerState state, Lifecycle lifecycle, ReleaseHandler releaseHandler)
{
    /// <summary>Number of expired leases after which a message fails, so that it is not redelivered forever.</summary>
    private static readonly int MaxLostLeases = LossPolicy.Default.MaxLostLeases;

    /// <summary>Answers the pulls whose wait time has expired.</summary>
    public void ExpireWaits(ApplyContext context)
    {
        while (state.Messages.WaitingPulls.TryTakeExpired(context.Elapsed, out var requestId, out _))
            context.Batch.Add(requestId, new Response.MessagesPulled([]));
    }

    public void Apply(RequestId requestId, Command command, ApplyContext context)
    {
        if (command is Command.PullMessages pull)
            Pull(requestId, pull, context);
        else
            context.Batch.Add(requestId, Settle((Command.SettleMessages)command, context));
    }

    /// <summary>Makes messages ready again after their leases expire.</summary>
    public void ExpireLeases(ApplyContext context)
    {
        for (
            var taken = 0;
            taken < Limits.JobsPerCommand && state.Messages.Leases.TryTake(context.Elapsed, out var expired);
            taken++
        )
        {
            if (!state.Messages.IsHeld(expired.Job, expired.Attempt))
                continue;
            state.Messages.TryGet(expired.Job, out var lease);
            if (!lease.IsRestored && ++expired.Job.Status.LostLeases >= MaxLostLeases)
            {
                ReleaseHandler.RecordAttempt(expired.Job, OutcomeKind.Lost, context, outcome: null);
                lifecycle.End(expired.Job, JobState.Failed, context, FailReason.Lost);
            }
            else
            {
                releaseHandler.Return(expired.Job, OutcomeKind.Lost, context);
            }
        }
    }

    private void Pull(RequestId requestId, Command.PullMessages pull, ApplyContext context)
    {
        var messages = new List<JobRow>();
        var bytes = 0L;
        while (messages.Count < pull.MaxCount && bytes < Limits.BytesPerReply && Next(pull.Queue) is { } job)
        {
            lifecycle.ClaimMessage(job, context.Elapsed + pull.Lease, context);
            messages.Add(job.ToRow());
            bytes += job.Spec.InputBytes;
        }
        var until = context.Arrived + pull.Wait;
        if (messages.Count == 0 && until > context.Elapsed && state.Messages.WaitingPulls.HasCapacity)
        {
            state.Messages.WaitingPulls.Add(requestId, pull.Queue, until);
            return;
        }
        // Wakes the next pull, because several messages may have become ready when this one was woken.
        if (messages.Count > 0 && Next(pull.Queue) is not null)
            state.Messages.WakeNext(pull.Queue, context.Batch);
        context.Batch.Add(requestId, new Response.MessagesPulled(messages));
    }

    /// <summary>Returns the message that is served next; null if there is none, or if none may be claimed.</summary>
    private Job? Next(QueueName name)
    {
        if (state.StorageLowReason is not null || !state.Queues.TryGet(name, out var queue) || !queue.IsOpen)
            return null;
        Job? next = null;
        foreach (var lane in MessageLanes(queue))
            if (lane.Head is { } head && (next is null || Lane.IsBefore(head, next)))
                next = head;
        return next;
    }

    /// <summary>
    /// Returns the lanes with messages: one for messages that specify a version, and one for those that do not.
    /// </summary>
    private static IEnumerable<Lane> MessageLanes(Queue queue) =>
        queue.Lanes.Where(lane => lane.Method.Name == MessageMethod.Name);

    private Response.Settled Settle(Command.SettleMessages command, ApplyContext context)
    {
        var (settled, repeated, ignored) = (0, 0, 0);
        foreach (var token in command.Deliveries)
        {
            if (!state.Jobs.TryGet(token.Job, out var job))
            {
                // The job has ended, probably by an earlier acknowledgement, or it never existed.
                if (token.Job.Value < JobId.Of(state.Options.Shard, state.NextJob).Value)
                    repeated++;
                else
                    ignored++;
            }
            else if (!job.IsMessage() || job.Spec.Queue != command.Queue || !IsDelivery(job, token.Attempt))
                ignored++;
            else if (command.Acknowledges)
                settled += Acknowledge(job, context);
            else if (job.Status.State == JobState.Running && job.Status.Attempt == token.Attempt)
                settled += Release(job, context);
            else
                ignored++;
        }
        return new Response.Settled(settled, repeated, ignored);
    }

    private static bool IsDelivery(Job job, int attempt) => attempt >= 1 && attempt <= job.Status.Attempt;

    /// <summary>
    /// A message counts as acknowledged even if its lease has expired or another client now holds it, because a client
    /// has processed the message.
    /// </summary>
    private int Acknowledge(Job job, ApplyContext context)
    {
        if (job.Status.State != JobState.Running)
            lifecycle.ClaimMessage(job, context.Elapsed, context);
        lifecycle.End(job, JobState.Succeeded, context, outcome: new Outcome(job.Lease, OutcomeKind.Succeeded));
        return 1;
    }

    private int Release(Job job, ApplyContext context)
    {
        releaseHandler.Return(job, OutcomeKind.Released, context);
        return 1;
    }
}
