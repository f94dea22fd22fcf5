using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Core.Sweeps;

/// <summary>The jobs to which the action of a sweep can apply.</summary>
internal static class SweepScope
{
    /// <summary>Limits a filter to the jobs to which the action can apply.</summary>
    public static JobFilter Limit(this SweepAction action, JobFilter filter) =>
        action switch
        {
            SweepAction.Retry => filter with { UnsuccessfulOnly = true },
            SweepAction.Delete => filter with { EndedOnly = true },
            _ => filter with { UnfinishedOnly = true },
        };

    /// <summary>True if the action can apply to a job in this state.</summary>
    public static bool Includes(this SweepAction action, JobState state) =>
        action switch
        {
            SweepAction.Retry => state is JobState.Failed or JobState.Cancelled,
            SweepAction.Delete => state.IsEnded(),
            _ => !state.IsEnded(),
        };
}
