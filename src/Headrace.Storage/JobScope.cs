using Headrace.Core.Results;

namespace Headrace.Storage;

/// <summary>
/// Determines which tables a search must read (unfinished jobs, ended jobs, or both), and which of their rows. All job
/// stores use this class, so that their searches examine the same jobs and their pages end at the same positions.
/// </summary>
internal readonly record struct JobScope(bool Live, bool Ended, SearchPath Path)
{
    public static JobScope Of(JobFilter filter, JobOrder order) =>
        new(
            Live: order == JobOrder.Newest && filter.IncludesUnfinished,
            Ended: filter.IncludesEnded,
            Path: order != JobOrder.Newest ? SearchPath.All
                : filter.Key is not null ? SearchPath.Key
                : filter.Parent is not null ? SearchPath.Parent
                : filter.Tags.Values.Count > 0 ? SearchPath.Tag
                : filter.ImpliesUnsuccessful ? SearchPath.Unsuccessful
                : SearchPath.All
        );
}

/// <summary>The jobs that a search examines. No other jobs are read.</summary>
internal enum SearchPath
{
    All,

    /// <summary>The jobs with the filter's idempotency key: at most one per owner and queue.</summary>
    Key,

    /// <summary>The jobs that the attempts of one job submitted.</summary>
    Parent,

    /// <summary>The jobs that have the filter's first tag.</summary>
    Tag,

    /// <summary>The jobs that ended without success.</summary>
    Unsuccessful,
}
