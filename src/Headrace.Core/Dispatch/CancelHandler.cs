using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Registry;

namespace Headrace.Core.Dispatch;

/// <summary>Cancels a job: a waiting job ends at once; a running attempt receives a stop request (R12).</summary>
internal sealed class CancelHandler(BrokerState state, Lifecycle lifecycle, RegistryHandler registry)
{
    public Response Apply(Command command, ApplyContext context) =>
        command is Command.Purge purge ? Purge(purge, context) : Cancel((Command.Cancel)command, context);

    private Response Cancel(Command.Cancel command, ApplyContext context)
    {
        if (!state.Jobs.TryGet(command.Job, out var job))
            return new Response.NotLive();
        if (job.IsOnWorker())
        {
            lifecycle.RequestStop(job, StopReason.Cancel, context);
            return new Response.CancelRequested(job.ToRow());
        }
        return new Response.Ended(lifecycle.End(job, JobState.Cancelled, context));
    }

    /// <summary>Cancels the first ready jobs in a queue, lane by lane.</summary>
    private Response.Purged Purge(Command.Purge command, ApplyContext context)
    {
        registry.Append(command.AuditEntry, context);
        if (!state.Queues.TryGet(command.Queue, out var queue))
            return new Response.Purged(0, 0);
        var jobs = new List<Job>();
        var max = Math.Min(command.MaxCount, Limits.JobsPerCommand);
        foreach (var lane in queue.Lanes)
            jobs.AddRange(lane.Jobs.Take(max - jobs.Count));
        foreach (var job in jobs)
            lifecycle.End(job, JobState.Cancelled, context);
        return new Response.Purged(jobs.Count, queue.Lanes.Sum(lane => (long)lane.Count));
    }
}
