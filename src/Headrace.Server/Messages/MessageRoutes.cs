using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Messages;

/// <summary>
/// The routes that clients use to consume messages. To put a message into a queue, a client submits a job of the method
/// <c>message</c>.
/// </summary>
internal sealed class MessageRoutes(IShardRouter shards, JobPayloads payloads, TimeProvider time)
{
    private static readonly ParameterDescription Name = ParameterDescription.Path("queue", "The name of the queue");

    private static readonly IntegerParameter Top = new(
        "top",
        1,
        Limits.JobsPerCommand,
        1,
        "Maximum number of messages"
    );

    private static readonly IntegerParameter Wait = new(
        "wait",
        0,
        30,
        0,
        "Seconds to wait for a message if there is none, 0 to 30"
    );

    private static readonly LeaseParameter Lease = new("No other client receives the messages for this long");

    private static readonly RouteDescription PostPull = new("pullMessages", "Pull messages from a queue")
    {
        Access = AccessLevel.Submit,
        Tag = "messages",
        Description =
            "Returns the next messages in the queue, each with a token. A message that is not acknowledged before its "
            + "lease ends is delivered again, up to five times; then it fails with the reason lost. A reply ends early "
            + "when its bodies reach 8 MB.",
        Parameters = [Name, Top, Wait, Lease],
        Replies = [ReplyDescription.Json<MessagesReply>(200, "The messages; empty if there are none")],
        Problems = [ProblemKinds.Forbidden],
    };

    private static readonly RouteDescription PostAck = new("acknowledgeMessages", "Acknowledge messages")
    {
        Access = AccessLevel.Submit,
        Tag = "messages",
        Description =
            "Reports that the messages have been processed, so that they end as succeeded. An acknowledgement counts "
            + "even if the lease of the message has expired. 'repeated' counts messages that had already ended.",
        Parameters = [Name],
        Bodies = [new BodyDescription("application/json", typeof(SettleRequest), "The tokens of up to 1,000 messages")],
        Replies = [ReplyDescription.Json<AcknowledgedReply>(200, "The messages are acknowledged")],
        Problems = [ProblemKinds.Forbidden],
    };

    private static readonly RouteDescription PostRelease = new("releaseMessages", "Release messages")
    {
        Access = AccessLevel.Submit,
        Tag = "messages",
        Description = "Makes these messages available to other clients immediately, before their leases end.",
        Parameters = [Name],
        Bodies = [new BodyDescription("application/json", typeof(SettleRequest), "The tokens of up to 1,000 messages")],
        Replies = [ReplyDescription.Json<ReleasedReply>(200, "The messages are released")],
        Problems = [ProblemKinds.Forbidden],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("POST", "/v1/queues/{queue}/messages:pull", PostPull, PullAsync);
        app.Map(
            "POST",
            "/v1/queues/{queue}/messages:ack",
            PostAck,
            context => SettleAsync(context, acknowledges: true)
        );
        app.Map(
            "POST",
            "/v1/queues/{queue}/messages:release",
            PostRelease,
            context => SettleAsync(context, acknowledges: false)
        );
    }

    private async Task<IResult> PullAsync(HttpContext context)
    {
        var request = context.Request;
        if (
            !QueueOf(context).TryGet(out var queue, out var problem)
            || !Top.Read(request).TryGet(out var top, out problem)
            || !Wait.Read(request).TryGet(out var wait, out problem)
            || !Lease.Read(request).TryGet(out var lease, out problem)
        )
            return problem;
        var pull = new Command.PullMessages(queue, top, lease);
        return await shards
            .Of(queue)
            .PullAsync<Response.MessagesPulled>(
                left => pull with { Wait = left },
                TimeSpan.FromSeconds(wait),
                time,
                pulled => new MessageListReply(queue, lease, pulled.Messages, payloads, shards),
                context.RequestAborted
            );
    }

    private async Task<IResult> SettleAsync(HttpContext context, bool acknowledges)
    {
        if (
            !QueueOf(context).TryGet(out var queue, out var problem)
            || !(await JsonBody.ReadAsync<SettleRequest>(context, maxBytes: TokenList.MaxBytes)).TryGet(
                out var request,
                out problem
            )
            || !MessageTokens.Read(queue, request.Deliveries).TryGet(out var tokens, out problem)
        )
            return problem;
        var command = new Command.SettleMessages(queue, tokens, acknowledges);
        return ConsumerReplies.Of(
            await shards.Of(queue).QueryAsync<Response.Settled>(command, context.RequestAborted),
            acknowledges
        );
    }

    /// <summary>
    /// Returns the queue if the caller may consume its messages. This requires the permissions to submit jobs and to
    /// read the jobs of other callers.
    /// </summary>
    private static Result<QueueName> QueueOf(HttpContext context)
    {
        var text = (string)context.GetRouteValue(Name.Name)!;
        if (!QueueName.TryParse(text, out var queue))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(text)}' is not a valid queue name. Use {NameFormat.Description}."
            );
        var caller = Caller.Of(context);
        return caller.May(Permission.Submit, queue) && caller.May(Permission.ReadOthers, queue)
            ? queue
            : new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may not consume the messages in queue '{queue}'. Use a key with the roles submitter "
                    + "and viewer for this queue."
            );
    }
}
