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
        Parameters = [ListPage.After, ListPage.Limit],
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<WorkerReply>>(
                200,
                "The workers, sorted by name. The leases have the form job#attempt; they are shown to callers who may "
                    + "read every job"
            ),
        ],
    };

    private const string Path = "/v1/workers";

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", Path, GetAll, GetAllAsync);

    private async Task<IResult> GetAllAsync(HttpContext context)
    {
        if (!ListPage.Limit.Read(context.Request).TryGet(out var limit, out var problem))
            return problem;
        // The worker may have left since the previous page, so any name is valid.
        var after = context.Request.Query["after"].ToString();
        var workers = await shards.ListWorkersAsync(context.RequestAborted);
        if (!Caller.Of(context).ReadsAllJobs)
            workers = [.. workers.Select(worker => worker with { Leases = [] })];
        var page = await ListPage.ReadAsync(
            context,
            Path,
            limit,
            workers
                .Where(worker => string.CompareOrdinal(worker.Name.Text, after) > 0)
                .OrderBy(worker => worker.Name.Text, StringComparer.Ordinal)
                .ToAsyncEnumerable(),
            worker => worker.Name.Text,
            SizeOf
        );
        return new JsonListReply<WorkerReply>(page.Select(View), HeadraceJson.Default.WorkerReply);
    }

    /// <summary>An approximation: a version has up to 10 digits, and a lease up to 30.</summary>
    private static long SizeOf(WorkerView worker) =>
        512
        + worker.Offers.Sum(offer => 14L + offer.Name.Text.Length)
        + (33L * worker.Leases.Count)
        + worker.RefusedOffers.Sum(refused => 90L + refused.Value.Length);

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
