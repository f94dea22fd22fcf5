using Headrace.Bridges;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Bridges;

/// <summary>The routes that define, show, pause and remove bridges.</summary>
internal sealed class BridgeRoutes(
    BridgeStore bridges,
    BridgeFeeds feeds,
    BridgeMessages messages,
    BridgeSupervisor supervisor
)
{
    private static readonly ParameterDescription Name = ParameterDescription.Path("bridge", "The name of the bridge");

    private static readonly RouteDescription List = new("listBridges", "List bridges")
    {
        Access = AccessLevel.Read,
        Tag = "bridges",
        Description = "Lists the bridges for the queues that the caller may read, ordered by name, with their states.",
        Replies = [ReplyDescription.Json<IReadOnlyList<BridgeReply>>(200, "The bridges")],
    };

    private static readonly RouteDescription Get = new("getBridge", "Read a bridge")
    {
        Access = AccessLevel.Read,
        Tag = "bridges",
        Description = "Returns the bridge's definition (without the password), its state and its message counts.",
        Parameters = [Name],
        Replies = [ReplyDescription.Json<BridgeReply>(200, "The bridge")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription Put = new("setBridge", "Create or replace a bridge")
    {
        Access = AccessLevel.Admin,
        Tag = "bridges",
        Description =
            "The messages in 'from' become jobs, and the queue's results become messages in 'to'. Both are Redis "
            + "lists or streams, or RabbitMQ queues. The bridge starts immediately. Without 'password' and "
            + "'passwordFile', a bridge keeps its stored password if its address does not change. A change that would "
            + "lose results is rejected, and so is a change of the source or its broker if taken messages cannot be "
            + "returned to the previous one, unless 'force' is true.",
        Parameters = [Name],
        Bodies = [new BodyDescription("application/json", typeof(BridgeRequest), "What the bridge connects")],
        Replies =
        [
            ReplyDescription.Json<BridgeReply>(201, "The bridge was created"),
            ReplyDescription.Json<BridgeReply>(200, "The bridge was replaced"),
        ],
        Problems = [ProblemKinds.LimitReached, ProblemKinds.VersionConflict, ProblemKinds.RegistryFull],
    };

    private static readonly RouteDescription Delete = new("removeBridge", "Remove a bridge")
    {
        Access = AccessLevel.Admin,
        Tag = "bridges",
        Description =
            "The server keeps the bridge's jobs, but no longer publishes their results. Messages that the bridge has "
            + "taken but not submitted return to their list or queue. If that is not possible, the bridge is not "
            + "removed, unless 'force' is true.",
        Parameters =
        [
            Name,
            ParameterDescription.Query("force", "true: remove the bridge even if its messages cannot be returned"),
        ],
        Replies = [new ReplyDescription(204, "application/json", null, "The bridge was removed")],
        Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/bridges", List, ListAsync);
        app.Map("GET", "/v1/bridges/{bridge}", Get, GetAsync);
        app.Map("PUT", "/v1/bridges/{bridge}", Put, PutAsync);
        app.Map("DELETE", "/v1/bridges/{bridge}", Delete, DeleteAsync);
        MapAction(app, "pause", "Stop a bridge until it is resumed", paused: true);
        MapAction(app, "resume", "Start a bridge that was paused", paused: false);
    }

    private void MapAction(IEndpointRouteBuilder app, string action, string summary, bool paused) =>
        app.Map(
            "POST",
            $"/v1/bridges/{{bridge}}:{action}",
            new RouteDescription($"{action}Bridge", summary)
            {
                Access = AccessLevel.Operate,
                Tag = "bridges",
                Description = "While a bridge is paused, messages wait in the broker, and results wait in the queue.",
                Parameters = [Name],
                Replies = [ReplyDescription.Json<BridgeReply>(200, "The bridge")],
                Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict],
            },
            context => SetPausedAsync(context, paused)
        );

    private Task<IResult> ListAsync(HttpContext context) =>
        Task.FromResult<IResult>(
            new JsonListReply<BridgeReply>(
                bridges.All().Where(bridge => MayRead(context, bridge)).Select(View),
                HeadraceJson.Default.BridgeReply
            )
        );

    private Task<IResult> GetAsync(HttpContext context) =>
        Task.FromResult<IResult>(Find(context).TryGet(out var bridge, out var problem) ? Reply(bridge) : problem);

    private async Task<IResult> PutAsync(HttpContext context)
    {
        if (
            !ReadName(context).TryGet(out var name, out var problem)
            || !(await JsonBody.ReadAsync<BridgeRequest>(context)).TryGet(out var request, out problem)
        )
            return problem;
        var before = bridges.Find(name);
        var document = new BridgeDocument(
            request with
            {
                Password =
                    request.Password ?? (request.PasswordFile is null ? PasswordOf(before, request.Address) : null),
                Version = null,
                Force = null,
            },
            before?.Definition.Paused ?? false
        );
        if (await PutAsync(context, name, document, request.Version, request.Force == true) is { } failed)
            return failed;
        return bridges.Find(name) is { } stored
            ? Reply(stored, before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK)
            : NotFound(name);
    }

    /// <summary>
    /// Returns the stored password if the address is unchanged, because a password must never be sent to an address
    /// other than the one for which it was specified.
    /// </summary>
    private static string? PasswordOf(StoredBridge? bridge, string? address) =>
        bridge?.Document.Definition is { } definition && definition.Address == address ? definition.Password : null;

    private async Task<IResult> DeleteAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var bridge, out var problem))
            return problem;
        if (context.Request.Query["force"].ToString() is not ("" or "true" or "false") and var force)
            return Problem.BadRequest($"force={QuotedText.Clip(force)} is not valid. Use true or false.");
        // Stops the bridge first, because a running bridge could create the feed again.
        using var stopped = await supervisor.StopAsync(bridge.Definition.Name, context.RequestAborted);
        var isForced = context.Request.Query["force"] == "true";
        if (await messages.ReturnAsync(bridge.Definition, isForced, context.RequestAborted) is { } held)
            return held;
        if (await bridges.DeleteAsync(context, bridge) is { } failed)
            return failed;
        await feeds.DeleteAsync(bridge.Definition, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private async Task<IResult> SetPausedAsync(HttpContext context, bool paused)
    {
        if (!Find(context).TryGet(out var bridge, out var problem))
            return problem;
        var document = bridge.Document with { Paused = paused };
        if (
            bridge.Definition.Paused != paused
            && await PutAsync(context, bridge.Definition.Name, document, bridge.Version) is { } failed
        )
            return failed;
        return bridges.Find(bridge.Definition.Name) is { } stored ? Reply(stored) : NotFound(bridge.Definition.Name);
    }

    /// <summary>
    /// Creates the feed of a bridge and then stores the bridge, so that no job that ends after the reply is missed. A
    /// crash between these two steps leaves a feed without a bridge, which the next start deletes. The bridge is
    /// stopped during the change, so that it submits no job whose result the new feed would not deliver.
    /// </summary>
    private async Task<Problem?> PutAsync(
        HttpContext context,
        string name,
        BridgeDocument document,
        long? version,
        bool isForced = false
    )
    {
        IDisposable? stopped = null;
        try
        {
            return await bridges.PutAsync(context, name, document, version, PrepareAsync);
        }
        finally
        {
            stopped?.Dispose();
        }

        async Task<Problem?> PrepareAsync(BridgeDefinition? before, BridgeDefinition after)
        {
            stopped = await supervisor.StopAsync(name, context.RequestAborted);
            if (before is null)
                supervisor.ProgressOf(name).HasNoneUnsettled();
            else if (await feeds.CheckChangeAsync(before, after, context.RequestAborted) is { } lost)
                return lost;
            else if (
                !after.HasSourceOf(before)
                && await messages.ReturnAsync(before, isForced, context.RequestAborted) is { } held
            )
                return held;
            return await feeds.EnsureAsync(after, context.RequestAborted);
        }
    }

    /// <summary>
    /// Returns the bridge. If the caller is not permitted to read its queue, returns the problem for an unknown bridge.
    /// </summary>
    private Result<StoredBridge> Find(HttpContext context)
    {
        if (!ReadName(context).TryGet(out var name, out var problem))
            return problem;
        return bridges.Find(name) is { } bridge && MayRead(context, bridge) ? bridge : NotFound(name);
    }

    private static Result<string> ReadName(HttpContext context) =>
        BridgeText.ParseName((string)context.Request.RouteValues[Name.Name]!);

    private static bool MayRead(HttpContext context, StoredBridge bridge) =>
        Caller.Of(context).May(Permission.Read, new QueueName(bridge.Definition.Queue));

    private BridgeReply View(StoredBridge bridge) => BridgeText.View(bridge, supervisor.StatusOf(bridge.Definition));

    private JsonReply<BridgeReply> Reply(StoredBridge bridge, int status = StatusCodes.Status200OK) =>
        new(View(bridge), HeadraceJson.Default.BridgeReply, status);

    private static Problem NotFound(string name) =>
        Problem.NotFound($"There is no bridge '{name}'. GET /v1/bridges lists the bridges.");
}
