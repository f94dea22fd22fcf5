using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>A feed that prevents the deletion of an ended job, and thus of all later jobs in its class.</summary>
/// <param name="Feed">The feed that has not acknowledged the job.</param>
/// <param name="CompletionNumber">The completion number of the job.</param>
/// <param name="State">The state of the job.</param>
/// <param name="IsLeased">
/// True if a consumer holds the job. In that case, the job is not deleted, regardless of its age.
/// </param>
internal sealed record FeedHold(FeedName Feed, long CompletionNumber, JobState State, bool IsLeased)
{
    /// <summary>Returns the feed that holds back the deletion of this job; null if there is none.</summary>
    public static FeedHold? Of(EndedJob job, IReadOnlyList<Feed> feeds)
    {
        FeedHold? hold = null;
        foreach (var feed in feeds)
        {
            if (feed.TryGetLeased(job.CompletionNumber, out _))
                return new FeedHold(feed.Name, job.CompletionNumber, job.State, IsLeased: true);
            if (hold is null && !feed.Implicit && feed.Needs(job.CompletionNumber, job.State))
                hold = new FeedHold(feed.Name, job.CompletionNumber, job.State, IsLeased: false);
        }
        return hold;
    }

    /// <summary>True if the feed still holds back the deletion in the same way.</summary>
    public bool Applies(Feed feed) =>
        feed.Needs(CompletionNumber, State) && feed.TryGetLeased(CompletionNumber, out _) == IsLeased;
}
