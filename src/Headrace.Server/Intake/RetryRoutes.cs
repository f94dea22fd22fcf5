using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Headrace.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Intake;

/// <summary>
/// <c>POST /v1/jobs/{id}:retry</c>: makes a failed or cancelled job ready again. With changes in the body, submits a
/// new job that repeats an ended one.
/// </summary>
internal sealed class RetryRoutes(
    IShardRouter shards,
    JobFinder finder,
    JobPayloads payloads,
    IAdmission admission,
    BodyBudget room,
    TimeProvider time
)
{
    private const string What = "The JSON with the changes";

    private static readonly ParameterDescription Ended = ParameterDescription.Query(
        "ended",
        "The value of the job's 'ended' member. It makes the request safe to repeat after a lost reply: if the "
            + "job has been retried since that time, the reply contains the job in its current state."
    );

    private static readonly RouteDescription Description = new("retryJob", "Retry a job")
    {
        Access = AccessLevel.Submit,
        Description =
            "Without a body, a failed or cancelled job becomes unfinished again: it takes a place in its queue like a "
            + "new job, keeps its id, its key and its attempts, and is no longer listed among the ended jobs until it "
            + "ends again. With a body, the job itself is not changed. Instead, a new job is submitted that repeats it "
            + "with the changes in the body; null removes a member. The new job names the old one in 'retryOf' and "
            + "belongs to the caller.",
        Parameters = [JobIdRoute.Id, Ended],
        Bodies = [new BodyDescription("application/json", typeof(SubmitRequest), "The members of the job that change")],
        Replies =
        [
            ReplyDescription.Json<JobReply>(200, "The job is unfinished again"),
            ReplyDescription.Json<SubmittedReply>(202, "The new job is on disk; the header Location holds its address"),
        ],
        Problems =
        [
            ProblemKinds.Forbidden,
            ProblemKinds.NotFound,
            ProblemKinds.NotRetryable,
            ProblemKinds.UnknownMethod,
            ProblemKinds.TooLarge,
            ProblemKinds.UnsupportedType,
            ProblemKinds.InvalidParams,
            ProblemKinds.KeyReused,
            ProblemKinds.QueueFull,
            ProblemKinds.ServerFull,
            ProblemKinds.QuotaExceeded,
            ProblemKinds.StorageFull,
            ProblemKinds.Damaged,
        ],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("POST", "/v1/jobs/{id}:retry", Description, RetryAsync);

    private async Task<IResult> RetryAsync(HttpContext context)
    {
        if (!JobIdRoute.Read(context).TryGet(out var id, out var problem))
            return problem;
        using var reservation = room.Begin();
        if (
            !(
                await RequestBody.ReadAsync(
                    context.Request,
                    JobRequestReader.MaxBytes,
                    What,
                    reservation,
                    context.RequestAborted
                )
            ).TryGet(out var changes, out problem)
        )
            return problem;
        var caller = Caller.Of(context);
        if (await finder.FindAsync(id, TimeSpan.Zero, caller, context.RequestAborted) is not { } found)
            return JobIdRoute.NotFound(id);
        if (changes.Length > 0)
            return await SubmitEditedAsync(found, changes, context);
        if (!caller.MayCancel(found.Job.Spec))
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may read job {id}, but may not retry it, because it was submitted by "
                    + $"{found.Job.Spec.Owner}. Ask its owner, or use a key with the role operator."
            );
        if (!EndedOf(context.Request).TryGet(out var knownEnd, out problem))
            return problem;
        // A retry counts against the caller's quota only if the caller owns the job.
        var quota = found.Job.Spec.Owner == caller.Name ? caller.Quota : null;
        var command = new Command.Retry(id, quota) { KnownEnd = knownEnd };
        return await shards.Of(id).SendAsync(command, context.RequestAborted) switch
        {
            Response.Retried retried => new JobDetail(JobView.Of(retried.Job), retried.Job, payloads),
            // The job was already retried after the end time that the caller specified.
            Response.Live live => new JobDetail(JobView.Of(live.Job), live.Job, payloads),
            Response.Ended { Job: var row } => new JobDetail(JobView.Of(row), row.Job, payloads),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            Response.NotLive => JobIdRoute.NotFound(id),
            var other => throw new InvalidOperationException(
                $"A retry received the unexpected response {other.GetType().Name}."
            ),
        };
    }

    private static Result<Instant?> EndedOf(HttpRequest request)
    {
        if (request.Query[Ended.Name].ToString() is not { Length: > 0 } text)
            return (Instant?)null;
        return Rfc3339.TryParse(text, out var time)
            ? Instant.From(time)
            : Problem.BadRequest($"ended={QuotedText.Clip(text)} is not valid. Use {Rfc3339.Format}.");
    }

    /// <summary>Submits a new job that repeats an ended one with changes. The old job is not changed.</summary>
    private async Task<IResult> SubmitEditedAsync(FoundJob found, byte[] changes, HttpContext context)
    {
        var id = found.Job.Id;
        if (found is not FoundJob.Ended)
            return new Problem(
                ProblemKinds.NotRetryable,
                $"Job {id} is {found.Job.Status.State.ToWireName()}. Wait until it ends, or cancel it, before you "
                    + "submit it again with changes."
            );
        var spec = found.Job.Spec;
        if (
            !(await payloads.ReadAsync(id, PayloadKind.Input, spec.PayloadBytes, context.RequestAborted)).TryGet(
                out var held,
                out var problem
            )
        )
            return problem;
        using (held)
        {
            if (held.Row is { IsDamaged: true })
                throw new DamagedPayloadException(id, PayloadKind.Input);
            if (
                !EditedJob
                    .Merge(spec, held.Bytes, changes, Instant.From(time.GetUtcNow()))
                    .TryGet(out var json, out problem)
                || !JobRequestReader.Read(json, Caller.Of(context)).TryGet(out var job, out problem)
            )
                return problem;
            using var trace = SubmissionTrace.Begin(context.Request);
            var edited = trace.Continue(job with { Spec = job.Spec with { RetryOf = id } });
            if (!(await admission.SubmitAsync(edited, context.RequestAborted)).TryGet(out var taken, out problem))
                return problem;
            context.Response.Headers.Location = $"/v1/jobs/{taken.Id}";
            return new JsonReply<SubmittedReply>(
                new SubmittedReply(taken.Id.ToString(), taken.State.ToWireName())
                {
                    Repeated = taken.Repeated ? true : null,
                },
                HeadraceJson.Default.SubmittedReply,
                StatusCodes.Status202Accepted
            );
        }
    }
}
