using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Accounts;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Queues;

/// <summary>
/// The routes that read and change the settings of a queue, and that pause, resume, drain or purge the queue.
/// </summary>
internal sealed class QueueSettingsRoutes(
    QueueSettingsStore settings,
    AuditLog audit,
    IShardRouter shards,
    TimeProvider time
)
{
    /// <summary>
    /// Maximum time that one request spends on a purge. If the queue still contains jobs afterwards, the caller repeats
    /// the request.
    /// </summary>
    private static readonly TimeSpan PurgeTime = TimeSpan.FromSeconds(5);

    private static readonly ParameterDescription Name = ParameterDescription.Path("queue", "The name of the queue");

    private static readonly IntegerParameter Max = new(
        "max",
        1,
        int.MaxValue,
        int.MaxValue,
        "Maximum number of jobs to cancel"
    );

    private static readonly RouteDescription Get = new("getQueueSettings", "Read the settings of a queue")
    {
        Access = AccessLevel.Read,
        Tag = "queues",
        Parameters = [Name],
        Replies = [ReplyDescription.Json<QueueSettingsReply>(200, "The settings; a queue need not exist yet")],
        Problems = [ProblemKinds.Forbidden],
    };

    private static readonly RouteDescription Put = new("setQueueSettings", "Replace the settings of a queue")
    {
        Access = AccessLevel.Operate,
        Tag = "queues",
        Description =
            "An absent member is set to its default. The settings apply to new jobs; jobs that are already in the "
            + "queue stay there. The request does not pause, drain or resume the queue.",
        Parameters = [Name],
        Bodies = [new BodyDescription("application/json", typeof(QueueSettingsRequest), "The settings")],
        Replies = [ReplyDescription.Json<QueueSettingsReply>(200, "The settings")],
        Problems = [ProblemKinds.VersionConflict, ProblemKinds.RegistryFull],
    };

    private static readonly RouteDescription PostPurge = new("purgeQueue", "Cancel the ready jobs in a queue")
    {
        Access = AccessLevel.Operate,
        Tag = "queues",
        Description =
            "Cancels the jobs that were ready when the request arrived. Running and scheduled jobs are not affected. "
            + "The reply is sent within 5 seconds; if 'ready' is not 0, repeat the request with this number as 'max'.",
        Parameters = [Name, Max],
        Replies = [ReplyDescription.Json<PurgeReply>(200, "The number of cancelled jobs, and of those still ready")],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/queues/{queue}/settings", Get, GetAsync);
        app.Map("PUT", "/v1/queues/{queue}/settings", Put, PutAsync);
        MapAction(
            app,
            "pause",
            "Start no more jobs from a queue",
            "Running jobs continue, and new jobs are accepted. Each waiting job shows why it waits.",
            before => before with { Paused = true }
        );
        MapAction(
            app,
            "drain",
            "Accept no more jobs in a queue",
            "Jobs that are already in the queue still run. New submissions are rejected with queue-draining.",
            before => before with { Draining = true }
        );
        MapAction(
            app,
            "resume",
            "Resume a queue that is paused or being drained",
            "Does nothing if the queue is neither paused nor being drained.",
            before => before with { Paused = false, Draining = false }
        );
        app.Map("POST", "/v1/queues/{queue}:purge", PostPurge, PurgeAsync);
    }

    private void MapAction(
        IEndpointRouteBuilder app,
        string action,
        string summary,
        string description,
        Func<QueueSettings, QueueSettings> change
    ) =>
        app.Map(
            "POST",
            $"/v1/queues/{{queue}}:{action}",
            new RouteDescription($"{action}Queue", summary)
            {
                Access = AccessLevel.Operate,
                Tag = "queues",
                Description = description,
                Parameters = [Name],
                Replies = [ReplyDescription.Json<QueueSettingsReply>(200, "The settings")],
                Problems = [ProblemKinds.RegistryFull],
            },
            async context =>
                !QueueOf(context).TryGet(out var queue, out var problem) ? problem
                : await settings.ChangeAsync(context, queue, $"{action} queue", change) is { } failed ? failed
                : Reply(queue)
        );

    private Task<IResult> GetAsync(HttpContext context)
    {
        if (!QueueOf(context).TryGet(out var queue, out var problem))
            return Task.FromResult<IResult>(problem);
        return Task.FromResult<IResult>(
            Caller.Of(context).May(Permission.Read, queue)
                ? Reply(queue)
                : new Problem(
                    ProblemKinds.Forbidden,
                    $"{Caller.Of(context).Name} may not read the queue '{queue}'. Use a key for this queue."
                )
        );
    }

    private async Task<IResult> PutAsync(HttpContext context)
    {
        if (
            !QueueOf(context).TryGet(out var queue, out var problem)
            || !(await JsonBody.ReadAsync<QueueSettingsRequest>(context)).TryGet(out var request, out problem)
            || !QueueSettingsText.Parse(request).TryGet(out var parsed, out problem)
        )
            return problem;
        return
            await settings.ChangeAsync(
                context,
                queue,
                "set queue",
                before =>
                    parsed with
                    {
                        Paused = before.Paused,
                        Draining = before.Draining,
                        ChangedBy = before.ChangedBy,
                        ChangedAt = before.ChangedAt,
                    },
                request.Version
            )
                is { } failed
            ? failed
            : Reply(queue);
    }

    private async Task<IResult> PurgeAsync(HttpContext context)
    {
        if (
            !QueueOf(context).TryGet(out var queue, out var problem)
            || !Max.Read(context.Request).TryGet(out var max, out problem)
        )
            return problem;
        RegistryWrite.AppendRecord? entry = audit.Entry(context, "purge queue", queue.Text);
        var started = time.GetTimestamp();
        var (cancelled, left) = (0L, (long)max);
        Response.Purged purged;
        do
        {
            // Each command cancels a limited number of jobs, so that other commands can be applied between these
            // commands (R3).
            purged = await shards
                .Of(queue)
                .QueryAsync<Response.Purged>(
                    new Command.Purge(queue, (int)Math.Min(left, Limits.JobsPerCommand)) { AuditEntry = entry },
                    context.RequestAborted
                );
            entry = null;
            // Jobs that are submitted during the purge are not cancelled.
            if (cancelled == 0)
                left = Math.Min(left, purged.Jobs + purged.Ready);
            left -= purged.Jobs;
            cancelled += purged.Jobs;
        } while (left > 0 && purged.Jobs > 0 && time.GetElapsedTime(started) < PurgeTime);
        return new JsonReply<PurgeReply>(
            new PurgeReply(cancelled, purged.Jobs > 0 ? left : 0),
            HeadraceJson.Default.PurgeReply
        );
    }

    private JsonReply<QueueSettingsReply> Reply(QueueName queue)
    {
        var (present, version) = settings.Read(queue);
        return new JsonReply<QueueSettingsReply>(
            QueueSettingsText.View(queue.Text, present, version),
            HeadraceJson.Default.QueueSettingsReply
        );
    }

    private static Result<QueueName> QueueOf(HttpContext context)
    {
        var text = (string)context.GetRouteValue(Name.Name)!;
        return QueueName.TryParse(text, out var queue)
            ? queue
            : Problem.BadRequest($"'{QuotedText.Clip(text)}' is not a valid queue name. Use {NameFormat.Description}.");
    }
}
