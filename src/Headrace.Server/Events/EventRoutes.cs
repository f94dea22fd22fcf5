using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Headrace.Server.Events;

/// <summary><c>GET /v1/events</c>: streams committed changes as they happen.</summary>
internal sealed class EventRoutes(
    EventHub hub,
    JobFinder finder,
    Authenticator authenticator,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    private const string LastEventId = "Last-Event-ID";

    private static readonly RouteDescription Description = new("watchEvents", "Watch a server")
    {
        Access = AccessLevel.Read,
        Tag = "jobs",
        Description =
            "Streams server-sent events: 'job' when a job is submitted or changes its state or queue, 'progress' and "
            + "'log' while it runs, 'queue' when the settings of a queue change, 'worker' when a worker joins, drains "
            + "or leaves, 'pool' when a pool is scaled or one of its processes starts or exits, and 'webhook' when a "
            + "webhook is paused, resumed or disabled. Each event is sent after the change has been committed. A "
            + "'resync' event means that earlier events may be missing: read the current state when you receive it. "
            + "The stream begins with a 'resync' event, unless Last-Event-ID names an event that the server still has. "
            + "A 'heartbeat' is sent after every 10 s without events. A stream ends after 10 minutes, or within 10 s "
            + "after the caller's key is revoked or its roles change; connect again with the id of the last event.",
        Parameters =
        [
            ParameterDescription.Query("q", Protocol.Json.JobFilterParser.Syntax),
            ParameterDescription.Query("job", "Only events of the job with this id"),
            ParameterDescription.Header(LastEventId, "The id of the last event that the client received"),
        ],
        Replies = [new ReplyDescription(200, "text/event-stream", null, "Events until the client disconnects")],
        Problems = [ProblemKinds.NotFound, ProblemKinds.TooManyReaders],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/events", Description, WatchAsync);

    private async Task<IResult> WatchAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        if (!JobFilterText.Read(context.Request.Query["q"], time).TryGet(out var jobs, out var problem))
            return problem;
        if (!(await ReadJobAsync(context, caller)).TryGet(out var only, out problem))
            return problem;
        if (!ReadLastId(context.Request).TryGet(out var lastId, out problem))
            return problem;
        using var seat = hub.TryEnter();
        if (seat is null)
            return new Problem(
                ProblemKinds.TooManyReaders,
                $"{EventHub.MaxReaders} clients are already watching events, which is the limit. Try again when some "
                    + "of them have disconnected, or poll GET /v1/jobs."
            )
            {
                RetryAfter = EventStream.HeartbeatTime,
            };
        var (position, resync) = Start(lastId);
        var reader = new EventReader(hub, new EventFilter(caller, jobs, only), position);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        if (HeadMiddleware.IsHead(context))
            return Microsoft.AspNetCore.Http.Results.Empty;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            await new EventStream(hub, reader, context.Response.BodyWriter, IsStillPermittedAsync, time).RunAsync(
                resync,
                stop.Token
            );
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client has disconnected, or the server is stopping. In either case, the client resumes with
            // its next request.
        }
        return Microsoft.AspNetCore.Http.Results.Empty;

        async Task<bool> IsStillPermittedAsync() =>
            await authenticator.VerifyAsync(context.Request) is { Caller: { } current }
            && current.HasSamePermissionsAs(caller);
    }

    /// <summary>Returns the position at which a stream starts, and the reason for a resynchronization.</summary>
    private (long Position, string? Resync) Start(EventId? lastId) =>
        lastId switch
        {
            null => (hub.Last, "start"),
            { } id when id.Run != hub.Run => (hub.Last, "restarted"),
            { } id when hub.HasAfter(id.Number) => (id.Number, null),
            _ => (hub.Last, "behind"),
        };

    private async Task<Result<JobId?>> ReadJobAsync(HttpContext context, Caller caller)
    {
        if (context.Request.Query["job"].ToString() is not { Length: > 0 } text)
            return (JobId?)null;
        if (!JobId.TryParse(text, out var id))
            return Problem.BadRequest($"job={QuotedText.Clip(text)} is not valid. Use the id of a job, such as 42.");
        return await finder.FindAsync(id, TimeSpan.Zero, caller, context.RequestAborted) is null
            ? JobIdRoute.NotFound(id)
            : (JobId?)id;
    }

    private static Result<EventId?> ReadLastId(HttpRequest request)
    {
        if (request.Headers[LastEventId].ToString() is not { Length: > 0 } text)
            return (EventId?)null;
        if (EventId.TryParse(text, out var id))
            return (EventId?)id;
        return Problem.BadRequest(
            $"{LastEventId} '{QuotedText.Clip(text)}' is not valid. Use {EventId.Format}, or leave the header out."
        );
    }
}
