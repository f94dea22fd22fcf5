using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Intake.Batches;

/// <summary><c>POST /v1/jobs:batch</c>: any number of jobs in one request, each taken or refused by itself.</summary>
internal sealed class BatchRoutes(Admission admission, BodyBudget room)
{
    private const string Types = "application/jsonl, application/x-ndjson, application/x-protobuf";

    private static readonly RouteDescription Description = new("submitBatch", "Submit many jobs")
    {
        Access = AccessLevel.Submit,
        Description =
            "JSON objects, one a line, each as POST /v1/jobs takes it and at most 2 MB; an answer a line comes back, in order. Or a SubmitBatch message, answered by a SubmitReply. A bad line refuses itself only. Both are streamed without limit: read the answers while sending when there are more than 40,000.",
        Bodies =
        [
            new BodyDescription("application/jsonl", typeof(SubmitRequest), "A job a line"),
            new BodyDescription("application/x-ndjson", typeof(SubmitRequest), "The same under its other name"),
            new BodyDescription("application/x-protobuf", null, "A headrace.v1.SubmitBatch message"),
        ],
        Replies =
        [
            new ReplyDescription(
                200,
                "application/jsonl",
                typeof(BatchLine),
                "An answer a line: the job's id and state, or the problem with that line"
            ),
        ],
        Problems = [ProblemKinds.UnsupportedType],
        UnsupportedHeaders = ["Idempotency-Key"],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("POST", "/v1/jobs:batch", Description, SubmitAsync);

    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        var request = context.Request;
        if (Format(request.ContentType) is not { } format)
            return new Problem(
                ProblemKinds.UnsupportedType,
                $"A batch comes as {Types}, and this is {request.ContentType ?? "without a Content-Type"}."
            );
        if (RequestBody.Encoded(request) is { } refused)
            return refused;
        if (!room.Reserve(BatchPump.Window).TryGet(out var reservation, out var problem))
            return problem;
        using (reservation)
        {
            // Only what is in flight is held, so the whole may have any length.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = null;
            context.Response.ContentType = format.ReplyType;
            await new BatchPump(admission, format, Submitter.Of(context)).RunAsync(
                request.BodyReader,
                context.Response.BodyWriter,
                context.RequestAborted
            );
            return Microsoft.AspNetCore.Http.Results.Empty;
        }
    }

    private static IBatchFormat? Format(string? contentType) =>
        contentType?.Split(';')[0].Trim().ToLowerInvariant() switch
        {
            "application/jsonl" or "application/x-ndjson" => new JsonlFormat(),
            "application/x-protobuf" => new ProtobufFormat(),
            _ => null,
        };
}
