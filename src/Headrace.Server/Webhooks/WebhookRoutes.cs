using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Webhooks;

/// <summary>
/// The routes that create, list, change and remove webhooks. Only the reply that creates a webhook or rotates its
/// secret contains the secret.
/// </summary>
internal sealed class WebhookRoutes(
    WebhookStore store,
    WebhookText text,
    WebhookRuns runs,
    WebhookView view,
    WebhookDeliverer deliverer
)
{
    private const string Tag = "webhooks";

    private static readonly ParameterDescription Name = ParameterDescription.Path("webhook", "The name of the webhook");

    private static readonly IReadOnlyList<ReplyDescription> Shown =
    [
        ReplyDescription.Json<WebhookReply>(200, "The webhook"),
    ];

    private static readonly RouteDescription List = new("listWebhooks", "List webhooks")
    {
        Access = AccessLevel.Read,
        Tag = Tag,
        Description =
            "Lists the webhooks for the queues whose jobs the caller may read, ordered by name. The lag of each is "
            + "counted up to 1,000; beyond that, 'complete' is false.",
        Replies = [ReplyDescription.Json<IReadOnlyList<WebhookReply>>(200, "The webhooks")],
    };

    private static readonly RouteDescription Get = new("getWebhook", "Read a webhook")
    {
        Access = AccessLevel.Read,
        Tag = Tag,
        Description =
            "Returns the position and the lag of the webhook, its last error and its next attempt. The lag is counted "
            + "up to 10,000; beyond that, 'complete' is false.",
        Parameters = [Name],
        Replies = Shown,
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription Put = new("setWebhook", "Create a webhook, or change its URL and times")
    {
        Access = AccessLevel.Operate,
        Tag = Tag,
        Description =
            "A webhook sends each ended job from a queue to a URL, signed as the Standard Webhooks specification "
            + "defines, until the receiver answers with a status from 200 to 299. 'timeout' is 1s to 1m (15s by "
            + "default), 'disableAfter' 1m to 30d (5d by default). The queue, the states and the start of an existing "
            + "webhook cannot be changed. Addresses that are not public are rejected unless the server allows them.",
        Parameters = [Name],
        Bodies = [new BodyDescription("application/json", typeof(WebhookRequest), "The URL and what to deliver")],
        Replies =
        [
            ReplyDescription.Json<WebhookReply>(201, "The webhook; its member 'secret' cannot be read again"),
            .. Shown,
        ],
        Problems =
        [
            ProblemKinds.NameInUse,
            ProblemKinds.LimitReached,
            ProblemKinds.VersionConflict,
            ProblemKinds.RegistryFull,
        ],
    };

    private static readonly RouteDescription Delete = new("deleteWebhook", "Remove a webhook")
    {
        Access = AccessLevel.Operate,
        Tag = Tag,
        Description = "Removes the webhook and its position. Jobs that it has not delivered can still be read by id.",
        Parameters = [Name],
        Replies = [new ReplyDescription(204, "application/json", null, "The webhook was removed")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription PostPause = Action(
        "pause",
        "Pause a webhook",
        "Sends no more messages. Jobs that end in the meantime are sent after the webhook is resumed."
    );

    private static readonly RouteDescription PostResume = Action(
        "resume",
        "Resume a webhook",
        "Resumes a webhook that is paused or that the server has disabled. It continues where it stopped."
    );

    private static readonly RouteDescription PostTest = Action(
        "test",
        "Send a test message",
        "Sends one message of the type webhook.test immediately, even if the webhook is paused, and returns the result."
    ) with
    {
        Replies = [ReplyDescription.Json<WebhookTestReply>(200, "How the receiver answered")],
    };

    private static readonly RouteDescription PostRotate = Action(
        "rotate",
        "Replace the secret of a webhook",
        "Until the grace period ends (1d by default), messages are also signed with the replaced secret. Up to 3 "
            + "replaced secrets sign, each until its own grace period ends; a further rotation is rejected until then. "
            + "With the grace 0s, only the new secret signs from now on."
    ) with
    {
        Problems = [ProblemKinds.NotFound, ProblemKinds.LimitReached, ProblemKinds.VersionConflict],
        Bodies = [new BodyDescription("application/json", typeof(RotateWebhookRequest), "The grace; optional")],
        Replies = [ReplyDescription.Json<WebhookReply>(200, "The webhook; its member 'secret' cannot be read again")],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/webhooks", List, ListAsync);
        app.Map("GET", "/v1/webhooks/{webhook}", Get, GetAsync);
        app.Map("PUT", "/v1/webhooks/{webhook}", Put, PutAsync);
        app.Map("DELETE", "/v1/webhooks/{webhook}", Delete, DeleteAsync);
        app.Map("POST", "/v1/webhooks/{webhook}:pause", PostPause, PauseAsync);
        app.Map("POST", "/v1/webhooks/{webhook}:resume", PostResume, ResumeAsync);
        app.Map("POST", "/v1/webhooks/{webhook}:test", PostTest, TestAsync);
        app.Map("POST", "/v1/webhooks/{webhook}:rotate", PostRotate, RotateAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var replies = new List<WebhookReply>();
        foreach (var webhook in store.List().Where(webhook => MaySee(caller, webhook)))
            replies.Add(await view.OfAsync(webhook, caller, FeedLag.MaxCountedInList, context.RequestAborted));
        return new JsonReply<IReadOnlyList<WebhookReply>>(replies, HeadraceJson.Default.IReadOnlyListWebhookReply);
    }

    private async Task<IResult> GetAsync(HttpContext context) =>
        Find(context).TryGet(out var webhook, out var problem) ? await ReplyAsync(context, webhook.Name) : problem;

    private async Task<IResult> PutAsync(HttpContext context)
    {
        if (
            !ReadName(context).TryGet(out var name, out var problem)
            || !(await JsonBody.ReadAsync<WebhookRequest>(context)).TryGet(out var request, out problem)
            || !text.Read(request).TryGet(out var requested, out problem)
        )
            return problem;
        if (store.Find(name) is { } existing)
            return await ChangeAsync(context, existing, requested);
        if (store.CheckRoom() is { } full)
            return full;
        // The feed is created first, because its creation may be rejected. If the server crashes before the webhook is
        // written, the next start deletes the feed.
        var position = runs.PositionOf(name, requested);
        if (await position.CreateAsync(context.RequestAborted) is Response.Rejected rejected)
            return Problem.Of(rejected.Rejection);
        if (await store.CreateAsync(context, name, requested) is not { } failed)
            return await ReplyAsync(context, name, StatusCodes.Status201Created, showsSecret: true);
        // If another request has created the webhook at the same time, that webhook uses the feed.
        if (store.Find(name) is null)
            await position.DeleteAsync(context.RequestAborted);
        return failed;
    }

    private async Task<IResult> ChangeAsync(HttpContext context, CurrentWebhook existing, WebhookDocument requested)
    {
        var before = existing.Document;
        if (requested.Queue != before.Queue || requested.States != before.States)
            return new Problem(
                ProblemKinds.NameInUse,
                $"Webhook '{existing.Name}' already exists and delivers {before.States.ToWireName()} jobs from "
                    + $"queue '{before.Queue}'. Choose another name, or remove it first: headrace webhooks "
                    + $"remove {existing.Name}."
            );
        var after = before with
        {
            Url = requested.Url,
            Timeout = requested.Timeout,
            DisableAfter = requested.DisableAfter,
        };
        return after != before && await store.ChangeAsync(context, "set webhook", existing, after) is { } failed
            ? failed
            : await ReplyAsync(context, existing.Name);
    }

    private async Task<IResult> DeleteAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var webhook, out var problem))
            return problem;
        if (await store.RemoveAsync(context, webhook) is { } failed)
            return failed;
        // If the server crashes before this call, the next start deletes the feed.
        await runs.PositionOf(webhook.Name, webhook.Document).DeleteAsync(context.RequestAborted);
        return TypedResults.NoContent();
    }

    private async Task<IResult> PauseAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var webhook, out var problem))
            return problem;
        var paused = webhook.Document with { State = WebhookState.Paused, DisabledReason = null };
        return
            paused != webhook.Document
            && await store.ChangeAsync(context, "pause webhook", webhook, paused) is { } failed
            ? failed
            : await ReplyAsync(context, webhook.Name);
    }

    private async Task<IResult> ResumeAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var webhook, out var problem))
            return problem;
        return webhook.Document.State != WebhookState.Active && await store.ResumeAsync(context, webhook) is { } failed
            ? failed
            : await ReplyAsync(context, webhook.Name);
    }

    private async Task<IResult> TestAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var webhook, out var problem))
            return problem;
        var result = await deliverer.TestAsync(webhook.Name, webhook.Document, context.RequestAborted);
        return new JsonReply<WebhookTestReply>(
            new WebhookTestReply(
                result.IsAccepted,
                result.Status,
                result.Error,
                (long)result.Duration.TotalMilliseconds
            ),
            HeadraceJson.Default.WebhookTestReply
        );
    }

    private async Task<IResult> RotateAsync(HttpContext context)
    {
        if (
            !(await JsonBody.ReadAsync<RotateWebhookRequest>(context, isOptional: true)).TryGet(
                out var request,
                out var problem
            )
            || !Find(context).TryGet(out var webhook, out problem)
            || !WebhookText.Grace(request.Grace).TryGet(out var grace, out problem)
        )
            return problem;
        return await store.RotateAsync(context, webhook, grace) is { } failed
            ? failed
            : await ReplyAsync(context, webhook.Name, showsSecret: true);
    }

    /// <summary>
    /// Replies with the current state of the webhook. Only the replies to its creation and to a rotation of its secret
    /// contain the secret.
    /// </summary>
    private async Task<IResult> ReplyAsync(
        HttpContext context,
        string name,
        int status = StatusCodes.Status200OK,
        bool showsSecret = false
    )
    {
        if (store.Find(name) is not { } webhook)
            return Unknown(name);
        var reply = await view.OfAsync(webhook, Caller.Of(context), FeedLag.MaxCounted, context.RequestAborted);
        return new JsonReply<WebhookReply>(
            showsSecret ? reply with { Secret = webhook.Document.Secret } : reply,
            HeadraceJson.Default.WebhookReply,
            status
        );
    }

    /// <summary>
    /// Returns the webhook. If the caller is not permitted to see it, returns the problem for an unknown webhook.
    /// </summary>
    private Result<CurrentWebhook> Find(HttpContext context)
    {
        if (!ReadName(context).TryGet(out var name, out var problem))
            return problem;
        return store.Find(name) is { } webhook && MaySee(Caller.Of(context), webhook) ? webhook : Unknown(name);
    }

    private static Result<string> ReadName(HttpContext context)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        return OwnedFeeds.TryOfWebhook(name, out _)
            ? name
            : Problem.BadRequest(
                $"'{QuotedText.Clip(name)}' is not a valid webhook name. Use {WebhookText.NameFormat}."
            );
    }

    private static bool MaySee(Caller caller, CurrentWebhook webhook) =>
        caller.May(Permission.Read, new QueueName(webhook.Document.Queue));

    private static Problem Unknown(string name) =>
        Problem.NotFound(
            $"There is no webhook '{name}'. 'headrace webhooks' (GET /v1/webhooks) lists the webhooks, and 'headrace "
                + $"webhooks add {name} URL --queue QUEUE' (PUT /v1/webhooks/{name}) creates it."
        );

    private static RouteDescription Action(string action, string summary, string description) =>
        new($"{action}Webhook", summary)
        {
            Access = AccessLevel.Operate,
            Tag = Tag,
            Description = description,
            Parameters = [Name],
            Replies = Shown,
            Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict],
        };
}
