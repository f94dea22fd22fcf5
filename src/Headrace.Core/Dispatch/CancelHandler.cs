using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Cancels a job: a waiting job ends at once; a running attempt receives a stop request (R12).</summary>
internal sealed class CancelHandler(BrokerState state, Lifecycle lifecycle)
{
    public Response Apply(Command.Cancel command, ApplyContext context)
    {
        if (!state.Jobs.TryGet(command.Job, out var job))
            return new Response.NotLive();
        if (job.Status.State == JobState.Running)
        {
            lifecycle.RequestStop(job, StopReason.Cancel, context);
            return new Response.CancelRequested(job.ToRow());
        }
        return new Response.Ended(lifecycle.End(job, JobState.Cancelled, context));
    }
}
