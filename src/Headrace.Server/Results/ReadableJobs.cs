using Headrace.Core.Results;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>Narrows a list of jobs to those that the caller may read.</summary>
internal static class ReadableJobs
{
    /// <summary>
    /// Narrows a filter as far as filters can express the restriction. <see cref="JobPages"/> also checks each job,
    /// because a caller may be able to read other callers' jobs in only some of the queues.
    /// </summary>
    public static Result<JobFilter> Narrow(JobFilter filter, Caller caller)
    {
        var others = caller.ScopeOf(Permission.ReadOthers);
        if (filter.Queue is { } queue ? others.Contains(queue) : !others.IsEmpty)
            return filter;
        if (filter.Owner is { } owner && owner != caller.Name)
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may read only its own jobs, not those of '{QuotedText.Clip(owner)}'. Leave out "
                    + "'owner:', or use a key with the role viewer."
            );
        return filter with { Owner = caller.Name };
    }
}
