using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Jobs;

/// <summary>Code shared by the routes of feed consumers and message consumers.</summary>
internal static class ConsumerReplies
{
    /// <summary>Sends a pull command, which may wait for deliveries, and converts the response to a reply.</summary>
    public static async Task<IResult> PullAsync<T>(
        this IShardMailbox shard,
        Func<TimeSpan, Command> pull,
        TimeSpan wait,
        TimeProvider time,
        Func<T, IResult> reply,
        CancellationToken cancellationToken
    )
        where T : Response =>
        await shard.PullAsync(pull, wait, time, cancellationToken) switch
        {
            T pulled => reply(pulled),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var other => throw new InvalidOperationException(
                $"A pull received the unexpected response {other.GetType().Name}."
            ),
        };

    /// <summary>
    /// Returns the reply to a request that acknowledges or releases deliveries. A release ignores deliveries that have
    /// ended, have been acknowledged, or are no longer held by the caller.
    /// </summary>
    public static IResult Of(Response.Settled settled, bool acknowledges) =>
        acknowledges
            ? new JsonReply<AcknowledgedReply>(
                new AcknowledgedReply(settled.Deliveries, settled.Repeated, settled.Ignored),
                HeadraceJson.Default.AcknowledgedReply
            )
            : new JsonReply<ReleasedReply>(
                new ReleasedReply(settled.Deliveries, settled.Repeated + settled.Ignored),
                HeadraceJson.Default.ReleasedReply
            );
}
