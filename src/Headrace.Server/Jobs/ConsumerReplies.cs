using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Jobs;

/// <summary>What the routes of consumers of feeds and of messages have in common.</summary>
internal static class ConsumerReplies
{
    /// <summary>Sends a pull that waits, and converts its response to the reply.</summary>
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
    /// Returns the reply to a request that acknowledges or releases deliveries. A release ignores what has ended or was
    /// acknowledged, and what the caller no longer holds.
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
