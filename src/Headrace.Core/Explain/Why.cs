using Headrace.Core.Jobs;

namespace Headrace.Core.Explain;

/// <summary>
/// Explains in one sentence what a job is waiting for: the gate that blocks its lane, or its scheduled time (R19).
/// </summary>
internal sealed class Why(BrokerState state)
{
    public string? Of(Job job) =>
        job.Now.State switch
        {
            JobState.Ready => OfLane(job),
            JobState.Scheduled when job.Now.Failures > 0 =>
                $"Attempt {job.Now.Attempt} failed; retry {job.Now.Failures} of {job.Spec.Retries} is "
                    + $"scheduled for {Text(job.Now.Due)}.",
            JobState.Scheduled => $"Scheduled for {Text(job.Now.Due)}.",
            JobState.Running when job.Now.Wanted != Wanted.Nothing =>
                $"Worker {job.Now.Holder.Worker} was asked to stop this attempt ({job.Now.Wanted.Word()}).",
            JobState.Running => $"Running on worker {job.Now.Holder.Worker}, attempt {job.Now.Attempt}.",
            _ => null,
        };

    private string OfLane(Job job)
    {
        var lane = job.Lane!;
        var asked = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (state.StorageLow is not null)
            return $"No jobs are started while disk space is low: {state.StorageLow}";
        if (lane.Method.RunsAs(lane) == 0)
            return $"No running worker offers {asked}. Start a worker that does.";
        var offering = lane.Method.Find(lane.Method.RunsAs(lane))!.Offered;
        return $"Waiting for a free slot: {offering} worker(s) offer {asked}; {lane.Count} job(s) are ready in this "
            + "lane.";
    }

    private static string Text(Instant at) =>
        at.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
