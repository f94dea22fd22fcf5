using Headrace.Core.Jobs;

namespace Headrace.Core;

internal abstract partial record Response
{
    /// <summary>The children that were accepted, in the order of their submission.</summary>
    public sealed record ChildrenSubmitted(IReadOnlyList<JobId> Children) : Response;

    /// <summary>
    /// No child was accepted, because there is a reason to reject the one with this index. The index is -1 if the
    /// submission is a repeated one whose reason is no longer known.
    /// </summary>
    public sealed record ChildrenRejected(int Index, Rejection Rejection) : Response;
}
