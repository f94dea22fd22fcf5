using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>Decides which lane is served first (R19).</summary>
internal static class LaneOrder
{
    /// <summary>
    /// True if the first job in one lane is served before the first job of another: it has a higher priority or, if the
    /// priorities are equal, its lane was served less recently.
    /// </summary>
    public static bool GoesBefore(Lane lane, Job job, Lane otherLane, Job otherJob) =>
        job.Spec.Priority != otherJob.Spec.Priority
            ? job.Spec.Priority > otherJob.Spec.Priority
            : lane.LastClaim < otherLane.LastClaim;
}
