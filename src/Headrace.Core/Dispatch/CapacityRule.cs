using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Decides whether there is capacity for a job that is submitted or retried: in the quota of its owner, in memory, and
/// in its queue (R13).
/// </summary>
internal sealed class CapacityRule(BrokerState state)
{
    /// <summary>Returns the rejection if there is no capacity for a job; otherwise null.</summary>
    public Rejection? Check(JobSpec spec, OwnerQuota? quota, Elapsed now)
    {
        if (quota is not null && state.Jobs.Owners.Check(spec, quota) is { } exceeded)
            return exceeded;
        return state.Jobs.HasCapacity(spec) ? CheckQueue(spec, now) : state.Jobs.FullRejection(spec, now);
    }

    /// <summary>Returns the rejection if the job's queue has no capacity for it; otherwise null.</summary>
    public Rejection? CheckQueue(JobSpec spec, Elapsed now)
    {
        if (state.Queues.SettingsOf(spec.Queue).Draining)
            return Draining(spec.Queue);
        if (!state.Queues.CanHold(spec.Queue))
            return new Rejection(
                RejectionKind.QueueFull,
                $"The queue '{spec.Queue}' cannot be used now, because {Limits.Queues} other queues have unfinished "
                    + "jobs, which is the limit. Use one of those queues, or submit again after all jobs in one of "
                    + "them have ended."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        var queue = state.Queues.GetOrAdd(spec.Queue);
        return queue.HasCapacity(spec.InputBytes) ? null : queue.FullRejection(spec.InputBytes, now);
    }

    private static Rejection Draining(QueueName queue) =>
        new(
            RejectionKind.QueueDraining,
            $"The queue '{queue}' is being drained and accepts no further jobs. Submit to another queue, or let this "
                + $"queue accept jobs again: headrace queues resume {queue}."
        );
}
