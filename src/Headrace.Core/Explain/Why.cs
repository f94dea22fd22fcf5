using Headrace.Core.Jobs;

namespace Headrace.Core.Explain;

/// <summary>
/// Says in a sentence what a job waits for: the gate that holds its lane, or the time it is due (R19).
/// </summary>
internal sealed class Why(BrokerState state)
{
    public string? Of(Job job) =>
        job.Now.State switch
        {
            JobState.Ready => OfLane(job),
            JobState.Scheduled when job.Now.Failures > 0 =>
                $"Attempt {job.Now.Attempt} failed; retry {job.Now.Failures} of {job.Spec.Retries} is due at {Text(job.Now.Due)}.",
            JobState.Scheduled => $"Due at {Text(job.Now.Due)}.",
            JobState.Running when job.Now.Wanted != Wanted.Nothing =>
                $"Worker {job.Now.Holder.Worker} was asked to end it ({job.Now.Wanted.Word()}).",
            JobState.Running => $"Runs on {job.Now.Holder.Worker}, attempt {job.Now.Attempt}.",
            _ => null,
        };

    private string OfLane(Job job)
    {
        var lane = job.Lane!;
        var asked = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (state.StorageLow is not null)
            return $"Nothing is started while the disk is full: {state.StorageLow}";
        if (lane.Method.RunsAs(lane) == 0)
            return $"No worker offers {asked} now. Start one that does.";
        var offering = lane.Method.Find(lane.Method.RunsAs(lane))!.Offered;
        return $"Waits for a free slot: {offering} worker(s) offer {asked}, {lane.Count} job(s) are ready in this lane.";
    }

    private static string Text(Instant at) =>
        at.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
