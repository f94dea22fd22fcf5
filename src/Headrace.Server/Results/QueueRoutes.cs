using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that return queues with their limits and contents.</summary>
internal sealed class QueueRoutes(IShardRouter shards)
{
    private static readonly RouteDescription List = new("listQueues", "List queues")
    {
        Access = AccessLevel.Read,
        Tag = "queues",
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<QueueReply>>(
                200,
                "The queues, sorted by name; the first job of a queue creates it"
            ),
        ],
    };

    private static readonly RouteDescription Read = new("getQueue", "Read a queue")
    {
        Access = AccessLevel.Read,
        Tag = "queues",
        Replies = [ReplyDescription.Json<QueueReply>(200, "The queue")],
        Problems = [ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app) =>
        new CatalogRoutes<QueueView, QueueReply>
        {
            Path = "/v1/queues",
            Name = ParameterDescription.Path("queue", "The name of the queue"),
            List = List,
            Read = Read,
            ListAfter = ListAfterAsync,
            FindAsync = FindAsync,
            NameOf = queue => queue.Name.Text,
            // An approximation: a count takes at most about 200 bytes.
            SizeOf = queue => 256 + (200L * queue.Counts.Count),
            ToReply = View,
            ReplyType = HeadraceJson.Default.QueueReply,
            MissingKind = ProblemKinds.NotFound,
            Missing = name => $"There is no queue '{name}'. A queue is created when the first job is submitted to it.",
            KnownLabel = "Known queues",
            Empty = "There are no queues yet.",
        }.Map(app);

    private async IAsyncEnumerable<QueueView> ListAfterAsync(HttpContext context, string? after)
    {
        var caller = Caller.Of(context);
        await foreach (var queue in shards.ListQueuesAsync(after, context.RequestAborted))
            if (Readable(queue, caller) is { } readable)
                yield return readable;
    }

    private async Task<QueueView?> FindAsync(HttpContext context, string name) =>
        QueueName.TryParse(name, out var queue)
        && await shards.FindQueueAsync(queue, context.RequestAborted) is { } found
            ? Readable(found, Caller.Of(context))
            : null;

    /// <summary>
    /// Returns the part of a queue's view that the caller is permitted to see; null if the caller is not permitted to
    /// use the queue. Counts include the jobs of all owners, so they are omitted if the caller may read only its own
    /// jobs.
    /// </summary>
    private static QueueView? Readable(QueueView queue, Caller caller)
    {
        if (caller.ReadsAllJobs)
            return queue;
        if (!caller.May(Permission.Read, queue.Name))
            return null;
        return caller.May(Permission.ReadOthers, queue.Name) ? queue : queue with { Counts = [] };
    }

    private static QueueReply View(QueueView queue) =>
        new(
            queue.Name.Text,
            queue.MaxJobs,
            queue.MaxBytes,
            queue.Jobs,
            queue.Bytes,
            queue.OldestReady?.ToDateTimeOffset(),
            [.. queue.Counts.Select(JobView.Of)]
        )
        {
            Paused = queue.Settings.Paused ? true : null,
            Draining = queue.Settings.Draining ? true : null,
            WaitsForRoom = queue.Gates.HasFlag(QueueGates.ResultRoom) ? true : null,
        };
}
