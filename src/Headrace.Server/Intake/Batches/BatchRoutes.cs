using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// <c>POST /v1/jobs:batch</c>: any number of jobs in one request, each accepted or rejected individually.
/// </summary>
internal sealed class BatchRoutes(Admission admission, JobFinder finder, BodyBudget room, ILogger<BatchRoutes> logger)
{
    private const string Types = "application/jsonl, application/x-ndjson, application/x-protobuf";

    private static readonly RouteDescription Description = new("submitBatch", "Submit many jobs")
    {
        Access = AccessLevel.Submit,
        Description =
            "Send one JSON object per line, in the format of POST /v1/jobs and at most 2 MB each; the reply "
            + "has one line per job, in the same order. Alternatively, send a SubmitBatch message; the "
            + "reply is a SubmitReply message. An invalid job does not affect the other jobs. The request and the "
            + "reply are streamed without a size limit. To send more than 40,000 jobs, read the reply while sending.",
        Bodies =
        [
            new BodyDescription("application/jsonl", typeof(SubmitRequest), "One job per line"),
            new BodyDescription("application/x-ndjson", typeof(SubmitRequest), "The same format under its other name"),
            new BodyDescription("application/x-protobuf", null, "A headrace.v1.SubmitBatch message"),
        ],
        Parameters = [SubmissionTrace.Header],
        Replies =
        [
            new ReplyDescription(
                200,
                "application/jsonl",
                typeof(BatchLine),
                "One line per job: its id, its state and whether it is repeated, or the problem with it"
            ),
        ],
        Problems = [ProblemKinds.UnsupportedType],
        // An idempotency key in a header would apply to all jobs, and a digest of the body could be checked only after
        // the jobs have been accepted.
        UnsupportedHeaders = [JobKey.Header, ContentDigest.Header],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("POST", "/v1/jobs:batch", Description, SubmitAsync);

    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        var request = context.Request;
        if (Format(request.ContentType) is not { } format)
            return new Problem(
                ProblemKinds.UnsupportedType,
                $"The Content-Type of a batch must be {Types}, but the request has "
                    + $"{QuotedText.Clip(request.ContentType ?? "no Content-Type")}."
            );
        if (RequestBody.Encoded(request) is { } refused)
            return refused;
        using var reservation = room.Begin();
        // Only jobs in progress are held in memory, so the total size is not limited.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        context.Response.ContentType = format.ReplyType;
        using var trace = SubmissionTrace.Begin(request);
        var traced = new TracedFormat(format, trace);
        await new BatchPump(admission, finder, traced, Caller.Of(context), reservation, logger).RunAsync(
            request.BodyReader,
            context.Response.BodyWriter,
            context.RequestAborted
        );
        return Microsoft.AspNetCore.Http.Results.Empty;
    }

    private static IBatchFormat? Format(string? contentType) =>
        contentType?.Split(';')[0].Trim().ToLowerInvariant() switch
        {
            "application/jsonl" or "application/x-ndjson" => new JsonlFormat(),
            "application/x-protobuf" => new ProtobufFormat(),
            _ => null,
        };
}
