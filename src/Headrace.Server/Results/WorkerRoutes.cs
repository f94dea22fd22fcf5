using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that return workers and the leases that they hold.</summary>
internal sealed class WorkerRoutes(IShardRouter shards)
{
    private static readonly RouteDescription GetAll = new("listWorkers", "List workers")
    {
        Access = AccessLevel.Read,
        Tag = "workers",
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<WorkerReply>>(
                200,
                "The workers. The leases have the form job#attempt; they are shown to callers who may read every job"
            ),
        ],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/workers", GetAll, GetAllAsync);

    private async Task<IResult> GetAllAsync(HttpContext context)
    {
        var workers = await shards.ListWorkersAsync(context.RequestAborted);
        if (!Caller.Of(context).ReadsAllJobs)
            workers = [.. workers.Select(worker => worker with { Leases = [] })];
        return new JsonListReply<WorkerReply>(workers.Select(View), HeadraceJson.Default.WorkerReply);
    }

    private static WorkerReply View(WorkerView w) =>
        new(
            w.Name.Text,
            w.Incarnation.ToString(),
            w.Pool,
            w.Joined.ToDateTimeOffset(),
            w.Slots,
            w.Prefetch,
            w.Draining,
            w.SinceLastSeen.TotalSeconds,
            [.. w.Offers.Select(o => o.ToString())],
            [.. w.Leases.Select(l => l.ToString())]
        )
        {
            SlotsInUse = w.SlotsInUse,
            RefusedOffers =
                w.RefusedOffers.Count == 0
                    ? null
                    : w.RefusedOffers.ToDictionary(refused => refused.Key.ToString(), refused => refused.Value),
        };
}
