using Headrace.Core.Jobs;

namespace Headrace.Core.Explain;

/// <summary>
/// Explains in one sentence what a job is waiting for: the gate that blocks its lane, or its scheduled time (R19).
/// </summary>
internal sealed class JobExplainer(BrokerState state)
{
    public string? Explain(Job job) =>
        job.Status.State switch
        {
            JobState.Ready => ExplainReady(job),
            JobState.Scheduled when job.Status.Failures > 0 =>
                $"Attempt {job.Status.Attempt} failed; retry {job.Status.Failures} of {job.Spec.Retries} is "
                    + $"scheduled for {Text(job.Status.ScheduledAt)}.",
            JobState.Scheduled => $"Scheduled for {Text(job.Status.ScheduledAt)}.",
            JobState.Running when job.Status.StopRequest != StopReason.None =>
                $"Worker {job.Status.Holder.Worker} was asked to stop this attempt "
                    + $"({job.Status.StopRequest.ToWireName()}).",
            JobState.Running => $"Running on worker {job.Status.Holder.Worker}, attempt {job.Status.Attempt}.",
            _ => null,
        };

    private string ExplainReady(Job job)
    {
        var lane = job.Lane!;
        var asked = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (state.StorageLowReason is not null)
            return $"No jobs are started while disk space is low: {state.StorageLowReason}";
        if (lane.Method.VersionFor(lane) == 0)
            return $"No running worker offers {asked}. Start a worker that does.";
        var offering = lane.Method.Find(lane.Method.VersionFor(lane))!.OfferCount;
        return $"Waiting for a free slot: {offering} worker(s) offer {asked}; {lane.Count} job(s) are ready in this "
            + "lane.";
    }

    private static string Text(Instant at) =>
        at.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
