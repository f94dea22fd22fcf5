using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake;

/// <summary><c>POST /v1/jobs</c>: submits one job, as JSON or as a raw body with its fields in the query.</summary>
internal sealed partial class SubmitRoutes(
    Admission admission,
    JobFinder finder,
    JobPayloads payloads,
    BodyBudget room,
    ILogger<SubmitRoutes> logger
)
{
    private static readonly RouteDescription Description = new("submitJob", "Submit a job")
    {
        Access = AccessLevel.Submit,
        Description =
            "Send a JSON object, or set ?method=NAME and send the raw body, which is passed to the method unchanged. "
            + "Every other NAME=VALUE in the query is then a parameter, parsed according to the method's schema. "
            + "Status 202 means that the job is on disk.",
        Parameters =
        [
            ParameterDescription.Query("method", "Raw body only: the method, for example sha512 or sha512@1"),
            ParameterDescription.Query("queue", "Raw body only: the queue; default 'default'"),
            ParameterDescription.Query("priority", "Raw body only: a higher priority runs first; default 0"),
            ParameterDescription.Query("scheduledAt", "Raw body only: the earliest start time (RFC 3339)"),
            ParameterDescription.Query(
                "deadline",
                "Raw body only: the job fails if it has not succeeded by this time (RFC 3339)"
            ),
            ParameterDescription.Query("timeLimit", "Raw body only: time limit of one attempt, for example 30s"),
            ParameterDescription.Query(
                "retries",
                "Raw body only: number of retries after an error or a timeout; default 3"
            ),
            ParameterDescription.Query(
                "retry",
                "Raw body only: when the job is retried, for example max=5,delay=1s,factor=2,max-delay=1m,jitter=0.25"
            ),
            ParameterDescription.Query("tags", "Raw body only: tags, separated by commas"),
            ParameterDescription.Header(
                JobKey.Header,
                "A key that identifies the job. A repeated submission with the same content returns the "
                    + "existing job, even after it has ended; with different content it is rejected. Equivalent to "
                    + "the member idempotencyKey"
            ),
            ParameterDescription.Header(
                ContentDigest.Header,
                "sha-256=:BASE64: of the body (RFC 9530); the server rejects a body that does not match"
            ),
            SubmissionTrace.Header,
            ParameterDescription.Header(
                "Prefer",
                "wait=N seconds, at most 30: replies 200 with the job if it ends within that time"
            ),
        ],
        Bodies =
        [
            new BodyDescription("application/json", typeof(SubmitRequest), "A job, at most 2 MB of JSON"),
            new BodyDescription(
                "application/octet-stream",
                null,
                "With ?method=NAME: the body of the job, of any content type, at most 1 MB"
            ),
        ],
        Replies =
        [
            ReplyDescription.Json<SubmittedReply>(202, "The job is on disk; the header Location holds its address"),
            ReplyDescription.Json<JobReply>(
                200,
                "With Prefer: wait=N, a job that ended within that time, successfully or not. The reply "
                    + "includes a result of text or JSON up to 64 KB"
            ),
        ],
        Problems =
        [
            ProblemKinds.Forbidden,
            ProblemKinds.UnknownMethod,
            ProblemKinds.TooLarge,
            ProblemKinds.UnsupportedType,
            ProblemKinds.InvalidParams,
            ProblemKinds.KeyReused,
            ProblemKinds.QueueFull,
            ProblemKinds.StorageFull,
        ],
        AnyQuery = true,
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("POST", "/v1/jobs", Description, SubmitAsync);

    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        var wait = Preference.Wait(context.Request.Headers["Prefer"]);
        if (!(await ReadAsync(context)).TryGet(out var taken, out var problem))
            return problem;

        var response = context.Response;
        response.Headers.Location = $"/v1/jobs/{taken.Id}";
        if (wait is { } asked)
            response.Headers["Preference-Applied"] = $"wait={(int)asked.TotalSeconds}";
        var state = taken.State;
        // The job must be read again: after a wait, the state from the submission is out of date, and if the submission
        // repeats a job that has ended, its state is unknown.
        if (wait > TimeSpan.Zero || state == JobState.None)
        {
            var found = await FindAsync(taken.Id, wait ?? TimeSpan.Zero, Caller.Of(context), context.RequestAborted);
            if (wait > TimeSpan.Zero && found is FoundJob.Ended ended)
                return new JobDetail(await WithResultAsync(ended, context.RequestAborted), ended.Row.Job, payloads);
            state = found?.Job.Status.State ?? state;
        }
        return new JsonReply<SubmittedReply>(
            new SubmittedReply(taken.Id.ToString(), state.ToWireName()) { Repeated = taken.Repeated ? true : null },
            HeadraceJson.Default.SubmittedReply,
            StatusCodes.Status202Accepted
        );
    }

    /// <summary>
    /// Reads and submits the job. The memory reserved for the body is released when this method returns, even if the
    /// caller then waits for the job to end.
    /// </summary>
    private async Task<Result<SubmitResult>> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        var isRaw = request.Query.ContainsKey("method");
        if (!isRaw && Misplaced(request) is { } misplaced)
            return misplaced;
        var limit = isRaw ? Limits.InlineBytes : JobRequestReader.MaxBytes;
        // The size is checked first, because a client whose body is too large must not be asked to retry later.
        if (RequestBody.Refuse(request, limit, Describe(isRaw)) is { } refused)
            return refused;
        using var trace = SubmissionTrace.Begin(request);
        var header = request.Headers[JobKey.Header];
        if (header.Count > 1)
            return Problem.BadRequest($"The header {JobKey.Header} is set {header.Count} times. Set it once.");
        using var reservation = room.Begin();
        if (
            !(await RequestBody.ReadAsync(request, limit, Describe(isRaw), reservation, context.RequestAborted)).TryGet(
                out var body,
                out var problem
            )
        )
            return problem;
        var caller = Caller.Of(context);
        var key = header.Count > 0 ? header.ToString() : null;
        var read = isRaw
            ? await RawAsync(request, body, caller, key, context.RequestAborted)
            : JobRequestReader.Read(body, caller, key);
        return read.TryGet(out var job, out problem)
            ? await admission.SubmitAsync(trace.Continue(job), context.RequestAborted)
            : problem;
    }

    private async Task<Result<NewJob>> RawAsync(
        HttpRequest request,
        byte[] body,
        Caller caller,
        string? key,
        CancellationToken cancellationToken
    )
    {
        if (!RawJobReader.Read(request.Query, out var parameters).TryGet(out var terms, out var problem))
            return problem;
        if (!SubmissionFields.ReadMethod(terms.Method).TryGet(out var method, out problem))
            return problem;
        if (key is not null && terms.IdempotencyKey is { } named && named != key)
            return JobKey.Conflict(key, named);
        terms = terms with
        {
            IdempotencyKey = key ?? terms.IdempotencyKey,
            Params = TextParams.Read(await admission.SchemaAsync(method, cancellationToken), parameters),
            Body = body,
            ContentType = body.Length == 0 ? null : request.ContentType ?? ContentTypes.OctetStream,
        };
        return terms.ToJob(caller);
    }

    /// <summary>
    /// Waits until the job ends or the wait time has passed, and returns the job, or null if it cannot be read. The job
    /// has already been accepted, so the reply must not look like a rejection if anything fails now.
    /// </summary>
    private async Task<FoundJob?> FindAsync(JobId id, TimeSpan wait, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await finder.FindAsync(id, wait, caller, cancellationToken);
        }
#pragma warning disable CA1031 // The job has been accepted, so the reply must not look like a rejection.
        catch (Exception unreadable) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotRead(id, unreadable);
            return null;
        }
    }

    /// <summary>
    /// Returns the job with its result, or with the address of the result if the result cannot be read.
    /// </summary>
    private async Task<JobReply> WithResultAsync(FoundJob.Ended ended, CancellationToken cancellationToken)
    {
        try
        {
            var result = InlineResult.IsInlineable(ended.Row)
                ? await finder.PayloadAsync(ended.Job.Id, PayloadKind.Result, cancellationToken)
                : null;
            return InlineResult.Put(JobView.Of(ended), result);
        }
#pragma warning disable CA1031 // The job has been accepted, so the reply must not look like a rejection.
        catch (Exception unreadable) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotRead(ended.Job.Id, unreadable);
            return JobView.Of(ended);
        }
    }

    /// <summary>
    /// Logs why the job or its result could not be read. An unavailable store and damaged results are not logged here,
    /// because they are logged where they are detected.
    /// </summary>
    private void NotRead(JobId job, Exception unreadable)
    {
        if (unreadable is not (MailboxClosedException or DamagedPayloadException))
            ReadFailed(logger, new LoggedFault(unreadable), job);
    }

    private static Problem? Misplaced(HttpRequest request)
    {
        if (request.Query.Count > 0)
            return Problem.BadRequest(
                $"The query contains {QuotedText.List([.. request.Query.Keys.Select(k => $"'{k}'")])} but not "
                    + "'method'. Set ?method=NAME to send the raw body, or put all values into the JSON object."
            );
        var type = request.ContentType?.Split(';')[0].Trim();
        if (type is null || type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return null;
        return new Problem(
            ProblemKinds.UnsupportedType,
            $"The Content-Type is '{QuotedText.Clip(type)}', which is not supported. Use application/json for a job as "
                + "JSON, or set ?method=NAME to send the body to that method unchanged."
        );
    }

    private static string Describe(bool isRaw) => isRaw ? "The job's body" : "The JSON request";
}
