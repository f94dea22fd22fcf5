using Headrace.Core;
using Headrace.Server.Hosting;
using Headrace.Server.Intake;
using Headrace.Server.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Server.Workers;

/// <summary>The route of the workers: exchanges and reports.</summary>
internal static class WorkerRoutes
{
    /// <summary>A message of a worker: sixty-odd results of the largest size at once. A worker with more sends them in several reports.</summary>
    public const int LongestMessage = 64 << 20;

    public static void MapWorkers(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/workers/{name}/exchange", ExchangeAsync).WithMetadata(new BodyLimit(LongestMessage)).ExcludeFromDescription();

    private static async Task ExchangeAsync(HttpContext context)
    {
        var desk = context.RequestServices.GetRequiredService<ExchangeDesk>();
        if ((await ReadAsync(context.Request, desk.Room, context.RequestAborted)).Holds(out var asked, out var problem))
            await asked.Format.SendAsync(await desk.AnswerAsync(asked.Command, context.RequestAborted), context.Response);
        else
            await problem.ExecuteAsync(context);
    }

    private static async Task<Checked<Asked>> ReadAsync(HttpRequest request, RequestRoom room, CancellationToken cancellationToken)
    {
        const string What = "The message of a worker";
        if (!WireFormat.Of(request).Holds(out var format, out var problem)) return problem;
        if (!room.Take(Math.Min(request.ContentLength ?? LongestMessage, LongestMessage)).Holds(out var place, out problem)) return problem;
        using var taken = place;
        if (!(await RequestBody.ReadAsync(request, LongestMessage, What, cancellationToken)).Holds(out var bytes, out problem)) return problem;
        if (!format.Parse(Wire.ExchangeRequest.Parser, bytes, What).Holds(out var message, out problem)) return problem;
        if (!ExchangeReading.Read((string)request.RouteValues["name"]!, message).Holds(out var command, out problem)) return problem;
        return new Asked(format, command);
    }

    private sealed record Asked(WireFormat Format, Command Command);
}
