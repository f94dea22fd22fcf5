using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Cancels a job: a waiting job ends at once; a running attempt receives a stop request (R12).</summary>
internal sealed class Cancelling(BrokerState state, Lifecycle lifecycle)
{
    public Answer Apply(Command.Cancel command, Turn turn)
    {
        if (!state.Jobs.TryGet(command.Job, out var job))
            return new Answer.NotLive();
        if (job.Now.State == JobState.Running)
        {
            lifecycle.Want(job, Wanted.Cancel, turn);
            return new Answer.CancelWanted(job.ToRow());
        }
        return new Answer.Ended(lifecycle.End(job, JobState.Cancelled, turn));
    }
}
