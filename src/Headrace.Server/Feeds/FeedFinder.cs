using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Feeds;

/// <summary>Finds the feed named in the path if the caller may see it.</summary>
internal sealed class FeedFinder(IShardRouter shards)
{
    public static readonly ParameterDescription Name = ParameterDescription.Path("feed", "The name of the feed");

    /// <summary>Reads the name in the path.</summary>
    public static Result<FeedName> ReadName(HttpContext context)
    {
        var text = (string)context.GetRouteValue(Name.Name)!;
        return FeedName.TryParse(text, out var name)
            ? name
            : Problem.BadRequest($"'{QuotedText.Clip(text)}' is not a valid feed name. Use {NameFormat.Description}.");
    }

    /// <summary>
    /// Returns the feed. If the caller is not permitted to read its queue, returns the problem for an unknown feed.
    /// </summary>
    public async Task<Result<FeedView>> FindAsync(HttpContext context)
    {
        if (!ReadName(context).TryGet(out var name, out var problem))
            return problem;
        var feed = await shards.FindFeedAsync(name, context.RequestAborted);
        return feed is not null && Caller.Of(context).May(Permission.Read, feed.Feed.Queue)
            ? feed
            : Problem.Of(FeedRule.Unknown(name));
    }

    /// <summary>
    /// Returns the feed if the caller may read all jobs in its queue. This is required because a feed delivers the jobs
    /// of all owners. A feed that belongs to a webhook or bridge is returned only to its owner.
    /// </summary>
    public async Task<Result<FeedView>> FindPullableAsync(HttpContext context)
    {
        if (!(await FindAsync(context)).TryGet(out var feed, out var problem))
            return problem;
        var caller = Caller.Of(context);
        if (OwnedFeeds.ProtectDeliveries(feed.Feed.Name, caller) is { } reserved)
            return reserved;
        return caller.May(Permission.ReadOthers, feed.Feed.Queue)
            ? feed
            : new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may not pull from feed '{feed.Feed.Name}', because the feed delivers the jobs of all "
                    + $"owners in queue '{feed.Feed.Queue}'. Use a key with the role viewer for this queue."
            );
    }
}
