using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that return the result and the body of a job as bytes. They support ETags and ranges.</summary>
internal sealed class PayloadRoutes(JobFinder finder, JobPayloads payloads, IJobStore jobStore)
{
    private static readonly RouteDescription GetResult = new("getResult", "Read a job's result")
    {
        Access = AccessLevel.Read,
        Description =
            "Returns the bytes and their content type. With wait=N, the server replies when the job has "
            + "ended, or after N seconds.",
        Parameters =
        [
            JobIdRoute.Id,
            JobIdRoute.Wait,
            ParameterDescription.Header("Range", "bytes=FROM-TO"),
            ParameterDescription.Header("If-None-Match", "The ETag of an earlier reply"),
        ],
        Replies =
        [
            new ReplyDescription(200, PayloadReply.Octets, null, "The result"),
            new ReplyDescription(206, PayloadReply.Octets, null, "The requested range"),
            new ReplyDescription(304, PayloadReply.Octets, null, "Unchanged"),
            ReplyDescription.Json<JobReply>(202, "The job has not ended; its current state"),
        ],
        Problems = [ProblemKinds.NotFound, ProblemKinds.NoResult, ProblemKinds.BadRange],
    };

    private static readonly RouteDescription GetInput = new("getInput", "Read a job's body")
    {
        Access = AccessLevel.Read,
        Parameters =
        [
            JobIdRoute.Id,
            ParameterDescription.Header("Range", "bytes=FROM-TO"),
            ParameterDescription.Header("If-None-Match", "The ETag of an earlier reply"),
        ],
        Replies =
        [
            new ReplyDescription(200, PayloadReply.Octets, null, "The body as submitted; empty for a job without one"),
            new ReplyDescription(206, PayloadReply.Octets, null, "The requested range"),
            new ReplyDescription(304, PayloadReply.Octets, null, "Unchanged"),
        ],
        Problems = [ProblemKinds.NotFound, ProblemKinds.BadRange],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/jobs/{id}/result", GetResult, GetResultAsync);
        app.Map("GET", "/v1/jobs/{id}/input", GetInput, GetInputAsync);
    }

    private async Task<IResult> GetResultAsync(HttpContext context)
    {
        if (
            !JobIdRoute.Read(context).TryGet(out var id, out var problem)
            || !JobIdRoute.Wait.Read(context.Request).TryGet(out var wait, out problem)
        )
            return problem;
        switch (await finder.FindAsync(id, TimeSpan.FromSeconds(wait), Caller.Of(context), context.RequestAborted))
        {
            case FoundJob.Live live:
                return new JobDetail(JobView.Of(live), live.Job, payloads, StatusCodes.Status202Accepted);
            case FoundJob.Ended { Row: var row } when row.Job.Status.State == JobState.Succeeded:
                return new PayloadReply(payloads, row.Job, PayloadKind.Result, row.ResultBytes)
                {
                    Tag = $"{jobStore.Store.Id}-{id}.{row.Job.Status.Attempt}",
                };
            case FoundJob.Ended { Row: var row }:
                return new Problem(ProblemKinds.NoResult, $"Job {id} has no result. {EndDescription.Of(row)}");
            default:
                return JobIdRoute.NotFound(id);
        }
    }

    private async Task<IResult> GetInputAsync(HttpContext context)
    {
        if (!JobIdRoute.Read(context).TryGet(out var id, out var problem))
            return problem;
        if (await finder.FindAsync(id, TimeSpan.Zero, Caller.Of(context), context.RequestAborted) is not { } found)
            return JobIdRoute.NotFound(id);
        // The payload of an attempt never changes, so the store, the job and the attempt identify its bytes.
        return new PayloadReply(
            payloads,
            found.Job,
            PayloadKind.Input,
            found.Job.Spec.BodyBytes == 0 ? 0 : found.Job.Spec.PayloadBytes
        )
        {
            Tag = $"{jobStore.Store.Id}-{id}.in",
        };
    }
}
