using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Intake;

/// <summary><c>POST /v1/jobs</c>: one job, as JSON or as a raw body with its terms in the query.</summary>
internal sealed class SubmitRoutes(Admission admission, JobFinder finder, BodyBudget room)
{
    private static readonly RouteDescription Description = new("submitJob", "Submit a job")
    {
        Access = AccessLevel.Submit,
        Description =
            "As a JSON object; or, with ?method=NAME, as the raw body, which is handed to the method as it is. Every further NAME=VALUE of the query is then a parameter, read by the method's schema. 202 means that the job is on disk.",
        Parameters =
        [
            ParameterDescription.Query("method", "Raw body only: the method, as sha512 or sha512@1"),
            ParameterDescription.Query("queue", "Raw body only: the queue; 'default' without it"),
            ParameterDescription.Query("priority", "Raw body only: higher goes first; 0 without it"),
            ParameterDescription.Query("scheduledAt", "Raw body only: not before this time (RFC 3339)"),
            ParameterDescription.Query("deadline", "Raw body only: fails if not succeeded by this time (RFC 3339)"),
            ParameterDescription.Query("timeLimit", "Raw body only: how long one attempt may run, such as 30s"),
            ParameterDescription.Query(
                "retries",
                "Raw body only: further attempts after an error or a timeout; 3 without it"
            ),
            ParameterDescription.Header(
                "Idempotency-Key",
                "Your own name for the job: sent again with the same content, it is the same job, also after its end; with other content it is refused. The same as the member idempotencyKey"
            ),
            ParameterDescription.Header(
                ContentDigest.Header,
                "sha-256=:BASE64: of the body (RFC 9530): a body that was changed on the way is refused"
            ),
            ParameterDescription.Header(
                "Prefer",
                "wait=N, 0 to 30 seconds: answers 200 with the job when it ends in that time"
            ),
        ],
        Bodies =
        [
            new BodyDescription("application/json", typeof(SubmitRequest), "The job, at most 2 MB of JSON"),
            new BodyDescription(
                "application/octet-stream",
                null,
                "With ?method=NAME: the job's body, of any content type, at most 1 MB"
            ),
        ],
        Replies =
        [
            ReplyDescription.Json<SubmittedReply>(202, "The job is on disk; Location names it"),
            ReplyDescription.Json<JobReply>(
                200,
                "With Prefer: wait=N, the job that ended in time, however it ended; result inline where it is text or JSON of at most 64 KB"
            ),
        ],
        Problems =
        [
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
        if (!Preference.Wait(context.Request.Headers["Prefer"]).TryGet(out var wait, out var problem))
            return problem;
        if (!(await ReadAsync(context)).TryGet(out var taken, out problem))
            return problem;

        var response = context.Response;
        response.Headers.Location = $"/v1/jobs/{taken.Id}";
        if (wait is { } asked)
            response.Headers["Preference-Applied"] = $"wait={(int)asked.TotalSeconds}";
        if (wait > TimeSpan.Zero && await WaitForEndAsync(taken.Id, wait.Value, context.RequestAborted) is { } ended)
            return new JsonReply<JobReply>(ended, HeadraceJson.Default.JobReply);
        var state = taken.State == JobState.None ? await StateAsync(taken.Id, context.RequestAborted) : taken.State;
        return new JsonReply<SubmittedReply>(
            new SubmittedReply(taken.Id.ToString(), state.ToWireName()) { Repeated = taken.Repeated ? true : null },
            HeadraceJson.Default.SubmittedReply,
            StatusCodes.Status202Accepted
        );
    }

    /// <summary>
    /// Reads and submits; the room that the body needed is free again when this returns, however long the caller then
    /// waits.
    /// </summary>
    private async Task<Result<SubmitResult>> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        var isRaw = request.Query.ContainsKey("method");
        if (!isRaw && Misplaced(request) is { } misplaced)
            return misplaced;
        var limit = isRaw ? Limits.InlineBytes : JobRequestReader.MaxBytes;
        // The size is judged first: a body that can never be taken is not told to come back.
        if (RequestBody.Refuse(request, limit, Describe(isRaw)) is { } refused)
            return refused;
        if (!room.Reserve(request.ContentLength ?? limit).TryGet(out var reservation, out var problem))
            return problem;
        using (reservation)
        {
            if (
                !(await RequestBody.ReadAsync(request, limit, Describe(isRaw), context.RequestAborted)).TryGet(
                    out var body,
                    out problem
                )
            )
                return problem;
            var owner = Submitter.Of(context);
            var key = request.Headers["Idempotency-Key"] is { Count: > 0 } header ? header.ToString() : null;
            var read = isRaw
                ? await RawAsync(request, body, owner, key, context.RequestAborted)
                : JobRequestReader.Read(body, owner, key);
            return read.TryGet(out var job, out problem)
                ? await admission.SubmitAsync(job, context.RequestAborted)
                : problem;
        }
    }

    private async Task<Result<NewJob>> RawAsync(
        HttpRequest request,
        byte[] body,
        string owner,
        string? key,
        CancellationToken cancellationToken
    )
    {
        if (!RawJobReader.Read(request.Query, out var parameters).TryGet(out var terms, out var problem))
            return problem;
        if (!SubmissionFields.ReadMethod(terms.Method).TryGet(out var method, out problem))
            return problem;
        terms = terms with
        {
            IdempotencyKey = key ?? terms.IdempotencyKey,
            Params = TextParams.Read(await admission.SchemaAsync(method, cancellationToken), parameters),
            Body = body,
            ContentType = body.Length == 0 ? null : request.ContentType ?? "application/octet-stream",
        };
        return terms.ToJob(owner);
    }

    /// <summary>The job of a repeated key may have ended long ago: the store knows its state.</summary>
    private async Task<JobState> StateAsync(JobId id, CancellationToken cancellationToken) =>
        await finder.FindAsync(id, TimeSpan.Zero, cancellationToken) is { } found
            ? found.Job.Status.State
            : JobState.None;

    /// <summary>
    /// The ended job, or null when it did not end in time. The job is taken, whatever happens here: a door that closes
    /// now must not look like a refusal.
    /// </summary>
    private async Task<JobReply?> WaitForEndAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            if (await finder.FindAsync(id, wait, cancellationToken) is not FoundJob.Ended ended)
                return null;
            var result = InlineResult.IsInlineable(ended.Row)
                ? await finder.PayloadAsync(id, PayloadKind.Result, cancellationToken)
                : null;
            return InlineResult.Put(JobView.Of(ended), result);
        }
        catch (HeadraceException closed) when (closed is MailboxClosedException or DamagedPayloadException)
        {
            // Stopping, or a result that the disk has damaged: 202 says what is true, the job is on disk.
            return null;
        }
    }

    private static Problem? Misplaced(HttpRequest request)
    {
        if (request.Query.Count > 0)
            return Problem.BadRequest(
                $"The query has {string.Join(", ", request.Query.Keys.Select(k => $"'{k}'"))} and no 'method'. Give ?method=NAME to send the body raw, or put everything into the JSON."
            );
        var type = request.ContentType?.Split(';')[0].Trim();
        if (type is null || type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return null;
        return new Problem(
            ProblemKinds.UnsupportedType,
            $"A job comes as application/json, and this is {type}. Give ?method=NAME to send the body as it is to that method."
        );
    }

    private static string Describe(bool isRaw) => isRaw ? "The job's body" : "The JSON request";
}
