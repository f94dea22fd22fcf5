using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Sweeps;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Accounts;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Sweeps;

/// <summary>The routes that start, show and stop sweeps, which change many jobs.</summary>
internal sealed class SweepRoutes(
    IShardRouter shards,
    MatchCount matches,
    SweepLoop loop,
    AuditLog audit,
    TimeProvider time
)
{
    /// <summary>Maximum number of characters of a filter that the audit log contains.</summary>
    private const int MaxAuditedFilter = 500;

    private static readonly ParameterDescription Id = ParameterDescription.Path("id", "The number of the sweep");

    private static readonly ParameterDescription Key = ParameterDescription.Header(
        JobKey.Header,
        "A key that identifies the change. A repeated request with the same content returns the sweep that the first "
            + "one has started, also after its end; with different content it is rejected. Equivalent to the member "
            + "idempotencyKey"
    );

    private static readonly RouteDescription List = new("listSweeps", "List sweeps")
    {
        Access = AccessLevel.Read,
        Tag = "sweeps",
        Description = "Lists the running sweeps and those that ended most recently, newest first.",
        Replies = [ReplyDescription.Json<IReadOnlyList<SweepReply>>(200, "The sweeps")],
    };

    private static readonly RouteDescription Get = new("getSweep", "Read a sweep")
    {
        Access = AccessLevel.Read,
        Tag = "sweeps",
        Parameters = [Id],
        Replies = [ReplyDescription.Json<SweepReply>(200, "The sweep and its progress")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription PostStop = new("stopSweep", "Stop a sweep")
    {
        Access = AccessLevel.Submit,
        Tag = "sweeps",
        Description =
            "The jobs that the sweep has already changed remain changed. Stopping a sweep that has ended has "
            + "no effect.",
        Parameters = [Id],
        Replies = [ReplyDescription.Json<SweepReply>(200, "The sweep")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        MapAction(app, SweepAction.Cancel, "cancelJobs", "Cancel many jobs", "Cancels the unfinished jobs that match.");
        MapAction(
            app,
            SweepAction.Retry,
            "retryJobs",
            "Retry many jobs",
            "Retries the failed and cancelled jobs that match. The sweep waits while a queue is full."
        );
        MapAction(
            app,
            SweepAction.Prioritize,
            "prioritizeJobs",
            "Change the priority of many jobs",
            "Changes the priority of the waiting jobs that match. Running jobs keep their priority."
        );
        MapAction(
            app,
            SweepAction.Move,
            "moveJobs",
            "Move many jobs to another queue",
            "Moves the waiting jobs that match to another queue. Running jobs stay in their queue. The sweep waits "
                + "while the other queue is full."
        );
        MapAction(
            app,
            SweepAction.Delete,
            "deleteJobs",
            "Delete many ended jobs",
            "Deletes the ended jobs that match, whatever their age, with their bodies, results, attempts and logs. "
                + "Their idempotency keys can be used again."
        );
        app.Map("GET", "/v1/sweeps", List, ListAsync);
        app.Map("GET", "/v1/sweeps/{id}", Get, GetAsync);
        app.Map("POST", "/v1/sweeps/{id}:stop", PostStop, StopAsync);
    }

    private void MapAction(IEndpointRouteBuilder app, SweepAction action, string name, string summary, string effect) =>
        app.Map(
            "POST",
            $"/v1/jobs:{action.ToString().ToLowerInvariant()}",
            new RouteDescription(name, summary)
            {
                Access = AccessLevel.Submit,
                Tag = "sweeps",
                Description =
                    $"{effect} The change runs in the background in small steps, continues after a server restart, and "
                    + "can be stopped. It affects only jobs that exist when it starts, and each of them only once. "
                    + "With dryRun, the server counts the jobs that match without changing any.",
                Parameters = [Key],
                Bodies = [new BodyDescription("application/json", typeof(SweepRequest), "The filter and the change")],
                Replies =
                [
                    ReplyDescription.Json<SweepReply>(
                        202,
                        "The change has started; the header Location holds its address"
                    ),
                    ReplyDescription.Json<MatchReply>(200, "With dryRun: the number of jobs that match"),
                ],
                Problems = [ProblemKinds.Forbidden, ProblemKinds.KeyReused, ProblemKinds.TooManySweeps],
            },
            context => StartAsync(action, context)
        );

    private async Task<IResult> StartAsync(SweepAction action, HttpContext context)
    {
        if (!(await SweepRequestReader.ReadAsync(context)).TryGet(out var request, out var problem))
            return problem;
        var caller = Caller.Of(context);
        if (
            !JobFilterText.Read(request.Filter, time).TryGet(out var filter, out problem)
            || !ChangeableJobs.Narrow(filter, caller).TryGet(out var narrowed, out problem)
            || !TargetOf(action, request, caller).TryGet(out var queue, out problem)
        )
            return problem;
        if (narrowed.State is { } state && !action.Includes(state))
            return Problem.BadRequest(
                $"The filter selects no job that this change can affect: '{action.ToString().ToLowerInvariant()}' "
                    + $"leaves jobs in the state '{state.ToWireName()}' as they are."
            );
        if (request.DryRun)
            return new JsonReply<MatchReply>(
                await matches.CountAsync(narrowed, action, caller, context.RequestAborted),
                HeadraceJson.Default.MatchReply
            );
        var command = new Command.StartSweep(action, narrowed, caller.Name)
        {
            Priority = request.Priority ?? 0,
            Queue = queue,
            Quota = narrowed.Owner == caller.Name ? caller.Quota : null,
            Key = SweepRequestReader.KeyOf(action, request),
            AuditEntry = EntryOf(context, action, request),
        };
        switch (await shards.All[0].SendAsync(command, context.RequestAborted))
        {
            case Response.Sweeps { Items: [var sweep] } started:
                loop.OnCreated();
                context.Response.Headers.Location = $"/v1/sweeps/{sweep.Id}";
                return new JsonReply<SweepReply>(
                    SweepView.Of(sweep, caller) with
                    {
                        Repeated = started.Repeated ? true : null,
                    },
                    HeadraceJson.Default.SweepReply,
                    StatusCodes.Status202Accepted
                );
            case Response.Rejected rejected:
                return Problem.Of(rejected.Rejection);
            case var other:
                throw new InvalidOperationException(
                    $"A request to start a sweep received the unexpected response {other.GetType().Name}."
                );
        }
    }

    private RegistryWrite.AppendRecord EntryOf(HttpContext context, SweepAction action, SweepRequest request) =>
        audit.Entry(
            context,
            $"{action.ToString().ToLowerInvariant()} jobs",
            request.Filter is { Length: > 0 } filter ? QuotedText.Clip(filter, MaxAuditedFilter) : "all",
            after: request.Priority is { } priority ? $"priority={priority}"
                : request.Queue is { } queue ? $"queue={queue}"
                : null
        );

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var sweeps = await QueryAsync(new Command.ListSweeps(null), context);
        return new JsonReply<IReadOnlyList<SweepReply>>(
            [.. sweeps.Where(sweep => MaySee(sweep, caller)).Select(sweep => SweepView.Of(sweep, caller))],
            HeadraceJson.Default.IReadOnlyListSweepReply
        );
    }

    private async Task<IResult> GetAsync(HttpContext context) =>
        (await FindAsync(context)).TryGet(out var sweep, out var problem) ? Reply(sweep, context) : problem;

    private async Task<IResult> StopAsync(HttpContext context)
    {
        if (!(await FindAsync(context)).TryGet(out var sweep, out var problem))
            return problem;
        var caller = Caller.Of(context);
        if (sweep.Owner != caller.Name && !caller.ScopeOf(Permission.CancelOthers).IsAll)
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may not stop sweep {sweep.Id}, because {sweep.Owner} started it. "
                    + ProblemKinds.Forbidden.Remedy
            );
        return await QueryAsync(new Command.StopSweep(sweep.Id), context) is [var stopped]
            ? Reply(stopped, context)
            : NotFound(context);
    }

    private async Task<Result<SweepRow>> FindAsync(HttpContext context)
    {
        if (
            long.TryParse(
                context.GetRouteValue("id")?.ToString(),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var id
            )
            && await QueryAsync(new Command.ListSweeps(id), context) is [var sweep]
            && MaySee(sweep, Caller.Of(context))
        )
            return sweep;
        return NotFound(context);
    }

    /// <summary>
    /// Sends a command to the shard of the sweeps. All sweeps are in one shard. A server with several shards would run
    /// part of each sweep in every shard.
    /// </summary>
    private async Task<IReadOnlyList<SweepRow>> QueryAsync(Command command, HttpContext context) =>
        (await shards.All[0].QueryAsync<Response.Sweeps>(command, context.RequestAborted)).Items;

    private static bool MaySee(SweepRow sweep, Caller caller) => sweep.Owner == caller.Name || caller.ReadsAllJobs;

    private static Problem NotFound(HttpContext context) =>
        Problem.NotFound(
            $"There is no sweep '{QuotedText.Clip(context.GetRouteValue("id")?.ToString() ?? "")}'. GET /v1/sweeps "
                + "lists the sweeps."
        );

    private static JsonReply<SweepReply> Reply(SweepRow sweep, HttpContext context) =>
        new(SweepView.Of(sweep, Caller.Of(context)), HeadraceJson.Default.SweepReply);

    private static Result<QueueName?> TargetOf(SweepAction action, SweepRequest request, Caller caller)
    {
        if (action == SweepAction.Prioritize && request.Priority is null)
            return Problem.BadRequest("The member 'priority' is missing. Set it to the new priority, a whole number.");
        if (action != SweepAction.Prioritize && request.Priority is not null)
            return Problem.BadRequest("The member 'priority' has no effect here. Leave it out.");
        if (action != SweepAction.Move)
            return request.Queue is null
                ? (QueueName?)null
                : Problem.BadRequest(
                    "The member 'queue' has no effect here. To select jobs, use the filter 'queue:NAME'."
                );
        if (request.Queue is null)
            return Problem.BadRequest("The member 'queue' is missing. Set it to the jobs' new queue.");
        if (!QueueName.TryParse(request.Queue, out var queue))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(request.Queue)}' is not a valid queue name. Use {NameFormat.Description}."
            );
        return caller.May(Permission.Submit, queue)
            ? queue
            : new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may not submit to the queue '{queue}', only to {caller.ScopeOf(Permission.Submit)}. "
                    + ProblemKinds.Forbidden.Remedy
            );
    }
}
