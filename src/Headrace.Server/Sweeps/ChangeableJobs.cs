using Headrace.Core.Results;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Sweeps;

/// <summary>Narrows the filter of a sweep to the jobs that its caller may change.</summary>
internal static class ChangeableJobs
{
    /// <summary>
    /// Returns a filter that selects only jobs that the caller could change individually, or a problem that states how
    /// the filter must be narrowed.
    /// </summary>
    public static Result<JobFilter> Narrow(JobFilter filter, Caller caller)
    {
        if (Covers(caller.ScopeOf(Permission.CancelOthers), filter))
            return filter;
        if (filter.Owner is { } owner && owner != caller.Name)
            return Forbidden(caller, $"may change only its own jobs, not those of '{QuotedText.Clip(owner)}'");
        var others = caller.ScopeOf(Permission.CancelOthers);
        if (!others.IsEmpty && filter.Owner is null && filter.Queue is null)
            return Forbidden(
                caller,
                $"may change the jobs of others only in {others}. Add 'queue:NAME' to the filter, or "
                    + $"'owner:{caller.Name}' for its own jobs"
            );
        var own = caller.ScopeOf(Permission.Submit);
        return Covers(own, filter)
            ? filter with
            {
                Owner = caller.Name,
            }
            : Forbidden(caller, $"may change jobs only in {own}. Add 'queue:NAME' to the filter");
    }

    private static bool Covers(QueueScope scope, JobFilter filter) =>
        filter.Queue is { } queue ? scope.Contains(queue) : scope.IsAll;

    private static Problem Forbidden(Caller caller, string reason) =>
        new(ProblemKinds.Forbidden, $"{caller.Name} {reason}. {ProblemKinds.Forbidden.Remedy}");
}
