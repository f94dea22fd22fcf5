using Headrace.Core;
using Headrace.Core.Retention;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Queues;

/// <summary>The route that shows which data occupies space in the store, and when that data will be deleted.</summary>
internal sealed class StoreUsageRoute(IShardRouter shards, IJobStore jobStore)
{
    /// <summary>
    /// Number of entries after which a page ends. The page also contains the remaining entries for the current queue.
    /// An entry takes about 300 bytes.
    /// </summary>
    private const int EntriesPerPage = 1_000;

    private static readonly ParameterDescription After = ParameterDescription.Query(
        "after",
        "The member 'next' of the previous page"
    );

    private static readonly RouteDescription Get = new("getStoreUsage", "Show what occupies space in the store")
    {
        Access = AccessLevel.Read,
        Tag = "queues",
        Parameters = [After],
        Replies =
        [
            ReplyDescription.Json<StoreUsageReply>(
                200,
                "The size of the store, and the ended jobs of each queue with the time of their next deletion"
            ),
        ],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/store", Get, GetAsync);

    private async Task<IResult> GetAsync(HttpContext context)
    {
        var after = context.Request.Query[After.Name].ToString() is { Length: > 0 } text ? text : null;
        if (after is not null && !QueueName.TryParse(after, out _))
            return Problem.BadRequest(
                $"after={QuotedText.Clip(after)} is not valid. Use the value of 'next' from the previous page."
            );
        var caller = Caller.Of(context);
        var kept = new List<KeptJobsReply>();
        string? next = null;
        await foreach (var history in shards.ListHistoryAsync(after, context.RequestAborted))
        {
            if (!caller.May(Permission.ReadOthers, history.Queue))
                continue;
            if (kept.Count >= EntriesPerPage && kept[^1].Queue != history.Queue.Text)
            {
                next = kept[^1].Queue;
                break;
            }
            kept.Add(View(history));
        }
        return new JsonReply<StoreUsageReply>(
            new StoreUsageReply
            {
                Bytes = jobStore.FileBytes,
                FreeBytes = jobStore.FreePageBytes,
                LogBytes = jobStore.LogBytes,
                Kept = kept,
                Next = next,
            },
            HeadraceJson.Default.StoreUsageReply
        );
    }

    private static KeptJobsReply View(HistoryView history) =>
        new()
        {
            Queue = history.Queue.Text,
            State = history.Class.ToWireName(),
            Jobs = history.Jobs,
            Bytes = history.Bytes,
            Keep = QueueSettingsText.View(history.Limit),
            Oldest = history.OldestNotBefore?.ToDateTimeOffset(),
            NextDeletion = history.DueAt?.ToDateTimeOffset(),
        };
}
