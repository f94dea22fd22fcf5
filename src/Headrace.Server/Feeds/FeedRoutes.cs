using System.Globalization;
using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Feeds;

/// <summary>The routes that create, list, reposition and delete feeds.</summary>
internal sealed class FeedRoutes(IShardRouter shards, FeedFinder finder, FeedLag lag)
{
    /// <summary>Number of feeds on a page of the list. The lag of each of them is counted.</summary>
    private const int PageSize = 100;

    private static readonly RouteDescription List = new("listFeeds", "List feeds")
    {
        Access = AccessLevel.Read,
        Tag = "feeds",
        Description =
            "Lists up to 100 feeds for the queues that the caller may read, ordered by name. To read the next page, "
            + "pass the value of 'next' as after=. The lag of each feed is counted up to 1,000; beyond that, "
            + "'complete' is false.",
        Parameters = [ParameterDescription.Query("after", "The member 'next' of the previous page")],
        Replies = [ReplyDescription.Json<FeedPage>(200, "A page of feeds")],
    };

    private static readonly RouteDescription Get = new("getFeed", "Read a feed")
    {
        Access = AccessLevel.Read,
        Tag = "feeds",
        Description =
            "Returns the position of the feed and its lag: how many ended jobs it has not acknowledged. The lag is "
            + "counted up to 10,000; beyond that, 'complete' is false.",
        Parameters = [FeedFinder.Name],
        Replies = [ReplyDescription.Json<FeedReply>(200, "The feed")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription Put = new("createFeed", "Create a feed")
    {
        Access = AccessLevel.Operate,
        Tag = "feeds",
        Description =
            "A feed delivers each ended job from a queue to one of its consumers, until a consumer acknowledges it. "
            + "'from' is now (the default) or first; 'states' is succeeded (the default), failed or all. Creating the "
            + "same feed again has no effect; in particular, it does not move the feed.",
        Parameters = [FeedFinder.Name],
        Bodies = [new BodyDescription("application/json", typeof(FeedRequest), "The queue and what to deliver of it")],
        Replies =
        [
            ReplyDescription.Json<FeedReply>(201, "The feed was created"),
            ReplyDescription.Json<FeedReply>(200, "The same feed existed before"),
        ],
        Problems = [ProblemKinds.NameInUse, ProblemKinds.LimitReached],
    };

    private static readonly RouteDescription Delete = new("deleteFeed", "Delete a feed")
    {
        Access = AccessLevel.Operate,
        Tag = "feeds",
        Description = "Deletes the feed and its position. The queue's jobs remain.",
        Parameters = [FeedFinder.Name],
        Replies = [new ReplyDescription(204, "application/json", null, "The feed was deleted")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription PostSeek = new("seekFeed", "Move a feed")
    {
        Access = AccessLevel.Operate,
        Tag = "feeds",
        Description =
            "Moves the feed: jobs from this completion number on are delivered again, and earlier jobs are not. 'to' "
            + "is first, now or a completion number. Deliveries that consumers hold at that time become invalid.",
        Parameters = [FeedFinder.Name],
        Bodies = [new BodyDescription("application/json", typeof(SeekRequest), "The new position")],
        Replies = [ReplyDescription.Json<FeedReply>(200, "The feed")],
        Problems = [ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/feeds", List, ListAsync);
        app.Map("GET", "/v1/feeds/{feed}", Get, GetAsync);
        app.Map("PUT", "/v1/feeds/{feed}", Put, PutAsync);
        app.Map("DELETE", "/v1/feeds/{feed}", Delete, DeleteAsync);
        app.Map("POST", "/v1/feeds/{feed}:seek", PostSeek, SeekAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var after = context.Request.Query["after"].ToString();
        if (after.Length > 0 && !FeedName.TryParse(after, out _))
            return Problem.BadRequest($"after={QuotedText.Clip(after)} is not valid. Use the value of 'next'.");
        var caller = Caller.Of(context);
        var page = new List<FeedReply>();
        await foreach (var feed in shards.ListFeedsAsync(after, context.RequestAborted))
        {
            if (!caller.May(Permission.Read, feed.Feed.Queue))
                continue;
            if (page.Count == PageSize)
                return Page(page, page[^1].Name);
            page.Add(await lag.ViewAsync(feed, FeedLag.MaxCountedInList, context.RequestAborted));
        }
        return Page(page, null);
    }

    private async Task<IResult> GetAsync(HttpContext context) =>
        (await finder.FindAsync(context)).TryGet(out var feed, out var problem)
            ? await ReplyAsync(feed, context)
            : problem;

    private async Task<IResult> PutAsync(HttpContext context)
    {
        if (
            !FeedFinder.ReadName(context).TryGet(out var name, out var problem)
            || !(await JsonBody.ReadAsync<FeedRequest>(context)).TryGet(out var request, out problem)
            || !QueueOf(request).TryGet(out var queue, out problem)
        )
            return problem;
        if (OwnedFeeds.Protect(name) is { } reserved)
            return reserved;
        if (!FeedStatesNames.TryParse(request.States ?? "succeeded", out var states))
            return Problem.BadRequest(
                $"states '{QuotedText.Clip(request.States!)}' is not valid. Use succeeded, failed or all."
            );
        if (request.From is not (null or "now" or "first"))
            return Problem.BadRequest($"from '{QuotedText.Clip(request.From)}' is not valid. Use now or first.");
        var from = request.From == "first" ? FeedStart.First : FeedStart.Now;
        var command = new Command.CreateFeed(name, queue, states, from);
        // A feed with this name may already exist for another queue. The command is sent to the shard of that queue,
        // which must reject it.
        var existing = await shards.FindFeedAsync(name, context.RequestAborted);
        return await shards.Of(existing?.Feed.Queue ?? queue).SendAsync(command, context.RequestAborted) switch
        {
            Response.Feeds { Items: [var feed] } created => await ReplyAsync(
                feed,
                context,
                created.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK
            ),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var unexpected => throw Unexpected(command, unexpected),
        };
    }

    private async Task<IResult> DeleteAsync(HttpContext context)
    {
        if (!(await finder.FindAsync(context)).TryGet(out var feed, out var problem))
            return problem;
        if (OwnedFeeds.Protect(feed.Feed.Name) is { } reserved)
            return reserved;
        var command = new Command.DeleteFeed(feed.Feed.Name, feed.Feed.Queue);
        return await shards.Of(feed.Feed.Queue).SendAsync(command, context.RequestAborted) switch
        {
            Response.Feeds => TypedResults.NoContent(),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var unexpected => throw Unexpected(command, unexpected),
        };
    }

    private async Task<IResult> SeekAsync(HttpContext context)
    {
        if (
            !(await finder.FindAsync(context)).TryGet(out var feed, out var problem)
            || !(await JsonBody.ReadAsync<SeekRequest>(context)).TryGet(out var request, out problem)
            || !StartOf(request.To).TryGet(out var to, out problem)
        )
            return problem;
        if (OwnedFeeds.ProtectPosition(feed, to) is { } skips)
            return skips;
        var command = new Command.SeekFeed(feed.Feed.Name, feed.Feed.Queue, to);
        return await shards.Of(feed.Feed.Queue).SendAsync(command, context.RequestAborted) switch
        {
            Response.Feeds { Items: [var moved] } => await ReplyAsync(moved, context),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var unexpected => throw Unexpected(command, unexpected),
        };
    }

    private async Task<IResult> ReplyAsync(FeedView feed, HttpContext context, int status = StatusCodes.Status200OK) =>
        new JsonReply<FeedReply>(
            await lag.ViewAsync(feed, FeedLag.MaxCounted, context.RequestAborted),
            HeadraceJson.Default.FeedReply,
            status
        );

    private static JsonReply<FeedPage> Page(List<FeedReply> feeds, string? next) =>
        new(new FeedPage(feeds, next), HeadraceJson.Default.FeedPage);

    private static Result<QueueName> QueueOf(FeedRequest request)
    {
        if (request.Queue is not { } text)
            return Problem.BadRequest(
                "The member 'queue' is missing. Set it to the queue whose ended jobs the feed delivers."
            );
        return QueueName.TryParse(text, out var queue)
            ? queue
            : Problem.BadRequest($"'{QuotedText.Clip(text)}' is not a valid queue name. Use {NameFormat.Description}.");
    }

    private static Result<FeedStart> StartOf(string? text) =>
        text switch
        {
            "first" => FeedStart.First,
            "now" => FeedStart.Now,
            null => Problem.BadRequest("The member 'to' is missing. Set it to first, now or a completion number."),
            _ => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? new FeedStart(number)
                : Problem.BadRequest(
                    $"to '{QuotedText.Clip(text)}' is not valid. Use first, now or a completion number."
                ),
        };

    private static InvalidOperationException Unexpected(Command command, Response response) =>
        new($"{command.GetType().Name} received the unexpected response {response.GetType().Name}.");
}
