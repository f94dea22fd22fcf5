using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Pools;

/// <summary>The routes for pools, their workers, and decisions about their sizes.</summary>
internal sealed class PoolRoutes(IReadOnlyList<ManagedPool> pools)
{
    private static readonly IntegerParameter Top = new(
        "top",
        1,
        ScalingHistory.MaxDecisions,
        20,
        "Maximum number of decisions, newest first"
    );

    private static readonly RouteDescription GetAll = new("listPools", "List pools")
    {
        Access = AccessLevel.Read,
        Tag = "workers",
        Description = "A pool is a group of workers. The server adjusts the size of a pool to the waiting time of the "
            + "pool's jobs.",
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<PoolReply>>(
                200,
                "The pools, each with its workers and the latest decision about it"
            ),
        ],
    };

    private static readonly RouteDescription GetWhy = new("listPoolDecisions", "Read the scaling decisions of a pool")
    {
        Access = AccessLevel.Read,
        Tag = "workers",
        Parameters =
        [
            ParameterDescription.Path("pool", "The name of the pool"),
            Top,
            ParameterDescription.Query("changes", "true: only decisions that started or drained a worker"),
        ],
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<PoolDecisionReply>>(
                200,
                "The decisions, newest first. The server keeps them for some hours, but not across a restart"
            ),
        ],
        Problems = [ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/pools", GetAll, GetAllAsync);
        app.Map("GET", "/v1/pools/{pool}/why", GetWhy, GetWhyAsync);
    }

    private Task<IResult> GetAllAsync(HttpContext context) =>
        Task.FromResult<IResult>(
            new JsonReply<IReadOnlyList<PoolReply>>(
                [.. pools.Select(pool => View(pool, Caller.Of(context)))],
                HeadraceJson.Default.IReadOnlyListPoolReply
            )
        );

    private Task<IResult> GetWhyAsync(HttpContext context) => Task.FromResult(Why(context));

    private IResult Why(HttpContext context)
    {
        var name = context.GetRouteValue("pool")?.ToString();
        if (pools.FirstOrDefault(pool => pool.Definition.Name == name) is not { } pool)
            return Problem.NotFound(
                $"There is no pool '{name}'. Known pools: {string.Join(", ", pools.Select(p => p.Definition.Name))}."
            );
        if (!Top.Read(context.Request).TryGet(out var top, out var problem))
            return problem;
        if (context.Request.Query["changes"].ToString() is not ("" or "true" or "false") and var other)
            return Problem.BadRequest($"changes={other} is not valid. Use true or false.");
        var notes = pool.History.Latest((int)top, context.Request.Query["changes"] == "true");
        return new JsonReply<IReadOnlyList<PoolDecisionReply>>(
            [.. notes.Select(note => View(note, Caller.Of(context)))],
            HeadraceJson.Default.IReadOnlyListPoolDecisionReply
        );
    }

    private static PoolReply View(ManagedPool pool, Caller caller)
    {
        var policy = pool.Definition.Policy;
        return new PoolReply(
            pool.Definition.Name,
            [.. pool.Methods.Select(method => method.Text)],
            policy.Min,
            policy.Max,
            DurationText.ToText(policy.UpAfter),
            DurationText.ToText(policy.IdleAfter),
            pool.Provider.Kind,
            [
                .. pool
                    .Provider.List()
                    .Select(worker => new PoolWorkerReply(
                        worker.Self?.Worker.Text,
                        worker.ProcessId,
                        ToText(worker.State),
                        worker.Duration.TotalSeconds,
                        worker.Message
                    )),
            ],
            pool.History.Latest(1, changesOnly: false) is [var last] ? View(last, caller) : null
        )
        {
            Command = pool.Definition.Command?.ToString(),
            Problem = pool.Learned.Problem,
            RefusedMethods =
                pool.Learned.Refused.Count == 0
                    ? null
                    : pool.Learned.Refused.ToDictionary(refused => refused.Key.ToString(), refused => refused.Value),
        };
    }

    /// <summary>
    /// Converts a decision to a reply. Omits the queue names if the caller is not permitted to see every queue.
    /// </summary>
    private static PoolDecisionReply View(ScalingDecision note, Caller caller) =>
        new(
            note.At,
            note.Workers,
            note.Started,
            note.Drained,
            caller.ScopeOf(Permission.Read).IsAll ? note.Reason.Detail : note.Reason.Public
        );

    private static string ToText(ProvidedState state) =>
        state switch
        {
            ProvidedState.Failing => "failing",
            ProvidedState.Leaving => "leaving",
            _ => "started",
        };
}
