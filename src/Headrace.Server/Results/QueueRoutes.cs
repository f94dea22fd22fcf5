using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>Queues with their bounds and what they hold.</summary>
internal sealed class QueueRoutes(IShardDoor door)
{
    private static readonly RouteNote GetAll = new("List queues")
    {
        Tag = "queues",
        Replies =
        [
            ReplyNote.Json<IReadOnlyList<QueueReply>>(
                200,
                "The queues by name; a queue comes to be with its first job"
            ),
        ],
    };

    private static readonly RouteNote GetOne = new("Read a queue")
    {
        Tag = "queues",
        Parameters = [ParameterNote.Path("queue", "The queue's name")],
        Replies = [ReplyNote.Json<QueueReply>(200, "The queue")],
        Problems = [ProblemKinds.NotFound],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/queues", GetAll, GetAllAsync);
        app.Map("GET", "/v1/queues/{queue}", GetOne, GetOneAsync);
    }

    private async Task<IResult> GetAllAsync(HttpContext context)
    {
        var queues = await AskAsync(context);
        return new JsonReply<IReadOnlyList<QueueReply>>(
            [.. queues.Select(View)],
            HeadraceJson.Default.IReadOnlyListQueueReply
        );
    }

    private async Task<IResult> GetOneAsync(HttpContext context)
    {
        var name = context.GetRouteValue("queue")?.ToString();
        var queues = await AskAsync(context);
        if (queues.FirstOrDefault(q => q.Name.Text == name) is { } queue)
            return new JsonReply<QueueReply>(View(queue), HeadraceJson.Default.QueueReply);
        return Problem.NotFound(
            $"No queue '{name}' has had a job yet. {(queues.Count == 0 ? "There is none." : $"There are: {string.Join(", ", queues.Select(q => q.Name))}.")}"
        );
    }

    private async Task<IReadOnlyList<QueueView>> AskAsync(HttpContext context) =>
        (await door.AskForAsync<Answer.Queues>(new Command.ListQueues(), context.RequestAborted)).Items;

    private static QueueReply View(QueueView queue) =>
        new(
            queue.Name.Text,
            queue.MaxJobs,
            queue.MaxBytes,
            queue.Jobs,
            queue.Bytes,
            queue.OldestReady?.ToDateTimeOffset(),
            [.. queue.Counts.Select(JobView.Of)]
        );
}
