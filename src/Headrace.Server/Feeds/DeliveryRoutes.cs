using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Feeds;

/// <summary>The routes for consumers, which pull from a feed and acknowledge or release the deliveries.</summary>
internal sealed class DeliveryRoutes(
    IShardRouter shards,
    FeedFinder finder,
    IJobStore jobStore,
    JobPayloads payloads,
    TimeProvider time
)
{
    private static readonly IntegerParameter Top = new("top", 1, Limits.JobsPerCommand, 10, "Maximum number of jobs");

    private static readonly IntegerParameter Wait = new(
        "wait",
        0,
        30,
        0,
        "Seconds to wait for a job if there is none, 0 to 30"
    );

    private static readonly LeaseParameter Lease = new("No other pull receives the jobs for this long");

    private static readonly RouteDescription PostPull = new("pullFeed", "Pull ended jobs from a feed")
    {
        Access = AccessLevel.Read,
        Tag = "feeds",
        Description =
            "Returns the oldest jobs in the feed that are neither acknowledged nor held by another consumer, each with "
            + "a token. A job that is not acknowledged before its lease ends is delivered again. 'expired' is the "
            + "number of jobs that were deleted before the feed acknowledged them; it only increases. The reply "
            + "contains text and JSON results up to 64 KB each and 8 MB in total, and the addresses of all other "
            + "results.",
        Parameters = [FeedFinder.Name, Top, Wait, Lease],
        Replies = [ReplyDescription.Json<DeliveriesReply>(200, "The deliveries; empty if there are none")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound],
    };

    private static readonly RouteDescription PostAck = new("acknowledgeDeliveries", "Acknowledge deliveries of a feed")
    {
        Access = AccessLevel.Read,
        Tag = "feeds",
        Description =
            "The feed never delivers these jobs again. An acknowledgement counts even if the lease of the delivery has "
            + "expired, but not if the feed was moved since the pull.",
        Parameters = [FeedFinder.Name],
        Bodies =
        [
            new BodyDescription("application/json", typeof(SettleRequest), "The tokens of up to 1,000 deliveries"),
        ],
        Replies = [ReplyDescription.Json<AcknowledgedReply>(200, "The deliveries are acknowledged")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound],
    };

    private static readonly RouteDescription PostRelease = new("releaseDeliveries", "Release deliveries of a feed")
    {
        Access = AccessLevel.Read,
        Tag = "feeds",
        Description = "Makes these jobs available to other consumers immediately, before their leases end.",
        Parameters = [FeedFinder.Name],
        Bodies =
        [
            new BodyDescription("application/json", typeof(SettleRequest), "The tokens of up to 1,000 deliveries"),
        ],
        Replies = [ReplyDescription.Json<ReleasedReply>(200, "The deliveries are released")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("POST", "/v1/feeds/{feed}:pull", PostPull, PullAsync);
        app.Map("POST", "/v1/feeds/{feed}:ack", PostAck, context => SettleAsync(context, acknowledges: true));
        app.Map("POST", "/v1/feeds/{feed}:release", PostRelease, context => SettleAsync(context, acknowledges: false));
    }

    private async Task<IResult> PullAsync(HttpContext context)
    {
        var request = context.Request;
        if (
            !Top.Read(request).TryGet(out var top, out var problem)
            || !Wait.Read(request).TryGet(out var wait, out problem)
            || !Lease.Read(request).TryGet(out var lease, out problem)
            || !(await finder.FindPullableAsync(context)).TryGet(out var feed, out problem)
        )
            return problem;
        var pull = new Command.Pull(feed.Feed.Name, feed.Feed.Queue, top) { Lease = lease };
        return await shards
            .Of(feed.Feed.Queue)
            .PullAsync<Response.Pulled>(
                left => pull with { Wait = left },
                TimeSpan.FromSeconds(wait),
                time,
                pulled => new DeliveryListReply(feed.Feed.Name, lease, pulled, jobStore, payloads),
                context.RequestAborted
            );
    }

    private async Task<IResult> SettleAsync(HttpContext context, bool acknowledges)
    {
        if (
            !FeedFinder.ReadName(context).TryGet(out var name, out var problem)
            || !(await JsonBody.ReadAsync<SettleRequest>(context, maxBytes: TokenList.MaxBytes)).TryGet(
                out var request,
                out problem
            )
            || !DeliveryTokens.Read(name, request.Deliveries).TryGet(out var tokens, out problem)
            || !(await finder.FindPullableAsync(context)).TryGet(out var feed, out problem)
        )
            return problem;
        var command = new Command.Settle(name, feed.Feed.Queue, tokens, acknowledges);
        return await shards.Of(feed.Feed.Queue).SendAsync(command, context.RequestAborted) switch
        {
            Response.Settled settled => ConsumerReplies.Of(settled, acknowledges),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var other => throw new InvalidOperationException(
                $"A settlement received the unexpected response {other.GetType().Name}."
            ),
        };
    }
}
