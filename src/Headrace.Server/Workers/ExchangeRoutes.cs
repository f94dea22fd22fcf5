using System.Buffers;
using Headrace.Core;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Workers;

/// <summary>The route to which workers send their exchanges and reports.</summary>
internal static class ExchangeRoutes
{
    /// <summary>
    /// Maximum size of a worker message in bytes, enough for more than sixty results of the maximum size. A worker with
    /// more results sends several reports.
    /// </summary>
    public const int MaxMessageBytes = 64 << 20;

    /// <summary>
    /// Maximum size in bytes of a pooled buffer: twice the maximum message size of Headrace's own workers. Buffers for
    /// larger messages are not pooled.
    /// </summary>
    private const int MaxPooledBytes = 16 << 20;

    private static readonly RouteDescription Description = new("exchange", "Exchange outcomes for jobs")
    {
        Access = AccessLevel.Worker,
        Description =
            "A worker sends its outcomes and the leases that it holds; the reply contains new jobs and "
            + "requests to stop running jobs. docs/exchange.md in the Headrace repository describes the protocol.",
        Tag = "workers",
        Parameters = [ParameterDescription.Path("name", "The worker's name")],
        Bodies =
        [
            new BodyDescription(
                "application/x-protobuf",
                null,
                "A headrace.v1.ExchangeRequest message, or its JSON mapping as application/json"
            ),
        ],
        Replies =
        [
            new ReplyDescription(
                200,
                "application/x-protobuf",
                null,
                "A headrace.v1.ExchangeReply message, in the form of the request"
            ),
        ],
        Problems = [ProblemKinds.TooLarge, ProblemKinds.UnsupportedType],
    };

    public static void MapExchange(this IEndpointRouteBuilder app)
    {
        // The handler is mapped as a RequestDelegate, so that no other code runs between the routing and the handler on
        // the hot path. The OpenAPI document includes only routes whose handler method is known, so the method is added
        // as metadata.
        RequestDelegate handler = ExchangeAsync;
        app.MapPost("/v1/workers/{name}/exchange", handler)
            .WithMetadata(new BodyLimit(MaxMessageBytes), handler.Method)
            .Describe(Description);
    }

    private static async Task ExchangeAsync(HttpContext context)
    {
        var handler = context.RequestServices.GetRequiredService<ExchangeHandler>();
        var meters = context.RequestServices.GetRequiredService<ExchangeMeters>();
        var started = meters.Start();
        var cancellationToken = context.RequestAborted;
        if (!WireFormat.Of(context.Request).TryGet(out var format, out var problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }
        // The reservation is held until the reply is sent, because the contents of the message stay in memory until
        // then. A parked request contains little data (R7).
        using var reservation = handler.MessageBudget.Begin();
        if (
            (await ReadAsync(context.Request, format, reservation, cancellationToken)).TryGet(
                out var command,
                out problem
            )
            && (await handler.HandleAsync(command, format.Copies, cancellationToken)).TryGet(
                out var outgoing,
                out problem
            )
        )
            using (outgoing)
            {
                meters.Answered(command, started);
                await format.SendAsync(outgoing.Reply, context.Response, handler.Lease);
            }
        else
            await problem.ExecuteAsync(context);
    }

    private static async Task<Result<Command>> ReadAsync(
        HttpRequest request,
        WireFormat format,
        BodyBudget.Reservation reservation,
        CancellationToken cancellationToken
    )
    {
        const string What = "The worker's message";
        if (request.ContentLength is not { } length)
            return Problem.BadRequest(
                $"{What} has no Content-Length. Send the header, and do not use chunked encoding."
            );
        if (RequestBody.Refuse(request, MaxMessageBytes, What) is { } refused)
            return refused;
        // The command does not refer to this buffer, so the buffer can be reused. The buffer grows as the bytes arrive,
        // because a message that is announced but not sent must not occupy memory.
        var buffer = Rent(Math.Min((int)length, BodyBudget.UncountedBytes));
        try
        {
            var arrived = 0;
            while (arrived < length)
            {
                if (arrived == buffer.Length)
                {
                    var larger = (int)Math.Min(length, 2L * arrived);
                    if (reservation.GrowTo(larger) is { } exhausted)
                        return exhausted;
                    var old = buffer;
                    buffer = Rent(larger);
                    old.CopyTo(buffer, 0);
                    Return(old);
                }
                var room = buffer.AsMemory(arrived..(int)Math.Min(length, buffer.Length));
                var read = await request.Body.ReadAsync(room, cancellationToken);
                if (read == 0)
                    return Problem.BadRequest($"{What} ends after {arrived} of {length} bytes.");
                arrived += read;
            }
            var bytes = buffer.AsMemory(0, (int)length);
            if (ContentDigest.Check(request, bytes.Span) is { } changed)
                return changed;
            if (!format.Read(bytes, What).TryGet(out var message, out var problem))
                return problem;
            if (
                !ExchangeReading
                    .Read((string)request.RouteValues["name"]!, message)
                    .TryGet(out var command, out problem)
            )
                return problem;
            return Limit(Caller.Of(request.HttpContext), command);
        }
        finally
        {
            Return(buffer);
        }
    }

    /// <summary>
    /// Checks that the caller may send the command. A caller with a worker key may send only the messages of that
    /// worker, or of the workers in its pool.
    /// </summary>
    private static Result<Command> Limit(Caller caller, Command command)
    {
        if (caller.WorkerLimit is not { } limit)
            return command;
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            var other => throw new ArgumentException($"{other.GetType().Name} is not a worker command."),
        };
        // A report may omit the pool, because the broker has known it since the worker joined.
        var pool = message.Pool.Length == 0 && command is Command.Report ? limit.Pool : message.Pool;
        if (limit.Refuse(message.Sender, pool ?? "") is { } forbidden)
            return forbidden;
        message = message with { PoolOfKey = limit.Pool };
        if (command is Command.Exchange whole)
            return whole with { Message = message };
        return (Command.Report)command with { Message = message };
    }

    private static byte[] Rent(int length) =>
        length <= MaxPooledBytes ? ArrayPool<byte>.Shared.Rent(length) : new byte[length];

    private static void Return(byte[] buffer)
    {
        if (buffer.Length <= MaxPooledBytes)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
