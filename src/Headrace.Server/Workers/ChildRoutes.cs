using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Workers;

/// <summary>The route to which workers send the jobs that running attempts submit.</summary>
internal static class ChildRoutes
{
    /// <summary>
    /// Maximum size of a message in bytes. It equals that of a batch (R1), because all its jobs are accepted together.
    /// </summary>
    public const int MaxMessageBytes = 8 << 20;

    private const string What = "The submission of children";

    private static readonly RouteDescription Description = new("submitChildren", "Submit the children of an attempt")
    {
        Access = AccessLevel.Worker,
        Description =
            "A worker sends jobs that a running attempt submits. They wait until the attempt succeeds, and are removed "
            + "if it ends otherwise. docs/exchange.md in the Headrace repository describes the message.",
        Tag = "workers",
        Parameters = [ParameterDescription.Path("name", "The worker's name")],
        Bodies =
        [
            new BodyDescription(
                "application/x-protobuf",
                null,
                "A headrace.v1.SubmitChildren message, or its JSON mapping as application/json"
            ),
        ],
        Replies =
        [
            new ReplyDescription(
                200,
                "application/x-protobuf",
                null,
                "A headrace.v1.SubmitReply message, in the form of the request: an id for each job, or the problem "
                    + "with one of them"
            ),
        ],
        Problems =
        [
            ProblemKinds.Forbidden,
            ProblemKinds.LeaseLost,
            ProblemKinds.TooLarge,
            ProblemKinds.UnsupportedType,
        ],
    };

    public static void MapChildren(this IEndpointRouteBuilder app) =>
        app.Map("POST", "/v1/workers/{name}/children", Description, SubmitAsync)
            .WithMetadata(new BodyLimit(MaxMessageBytes));

    private static async Task<IResult> SubmitAsync(HttpContext context)
    {
        var request = context.Request;
        if (!WireFormat.Of(request).TryGet(out var format, out var problem))
            return problem;
        if (RequestBody.Refuse(request, MaxMessageBytes, What) is { } refused)
            return refused;
        using var reservation = context.RequestServices.GetRequiredService<BodyBudget>().Begin();
        var cancellationToken = context.RequestAborted;
        if (
            !(await RequestBody.ReadAsync(request, MaxMessageBytes, What, reservation, cancellationToken)).TryGet(
                out var body,
                out problem
            )
            || !format.ReadChildren(body, What).TryGet(out var message, out problem)
            || !(
                await context
                    .RequestServices.GetRequiredService<ChildSubmissions>()
                    .SubmitAsync(
                        (string)request.RouteValues["name"]!,
                        message,
                        Caller.Of(context).WorkerLimit,
                        cancellationToken
                    )
            ).TryGet(out var reply, out problem)
        )
            return problem;
        await format.SendAsync(reply, context.Response);
        return Microsoft.AspNetCore.Http.Results.Empty;
    }
}
