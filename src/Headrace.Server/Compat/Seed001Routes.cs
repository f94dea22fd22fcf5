using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Compat;

/// <summary>
/// Seed system 001, a SHA-512 work service: <c>PUT /enqueue?iterations=N</c> with 16 to 256 KB of raw body, and <c>POST
/// /pullCompleted?top=N</c> for the latest results, each shown once. Served only
/// under <c>--demo seed001</c>, without a key, for its clients know none. Its work lies in a queue of its own.
/// </summary>
internal sealed class Seed001Routes(IAdmission admission, BodyBudget room, IShardRouter shards, IJobStore jobStore)
{
    /// <summary>The name of the demo, of its queue, its feed and its pool.</summary>
    private const string NothingCompleted = "There are no completed work items right now...";
    private const int MinBytes = 16 << 10;
    private const int MaxBytes = 256 << 10;

    private static readonly QueueName Queue = new("seed001");
    private static readonly IntegerParameter Top = new("top", 1, Limits.JobsPerCommand, 0, "How many at most")
    {
        Required = true,
    };

    private static readonly RouteDescription PullDescription = new(
        "seed001Pull",
        "Pull the latest results as seed system 001 does"
    )
    {
        Description = "A result is shown once, to whoever pulls it; it stays readable at /v1/jobs/ID/result.",
        Tag = "compat",
        Access = AccessLevel.Public,
        Parameters = [Top],
        Replies =
        [
            new ReplyDescription(
                200,
                "text/plain",
                null,
                "A line for each result, oldest first: work_id: ID, value: DIGEST"
            ),
        ],
    };

    private static readonly RouteDescription EnqueueDescription = new(
        "seed001Enqueue",
        "Enqueue work as seed system 001 does"
    )
    {
        Tag = "compat",
        Access = AccessLevel.Public,
        Parameters =
        [
            ParameterDescription.Query("iterations", "How many times to hash, 1 or more") with
            {
                Required = true,
            },
            ParameterDescription.Header(
                ContentDigest.Header,
                "sha-256=:BASE64: of the body: one that was changed on the way is refused"
            ),
        ],
        Bodies = [new BodyDescription("application/octet-stream", null, "16 to 256 KB to hash")],
        Replies = [new ReplyDescription(200, "text/plain", null, "work id: ID")],
        Problems =
        [
            ProblemKinds.UnknownMethod,
            ProblemKinds.TooLarge,
            ProblemKinds.InvalidParams,
            ProblemKinds.QueueFull,
        ],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("PUT", "/enqueue", EnqueueDescription, EnqueueAsync);
        app.Map("POST", "/pullCompleted", PullDescription, PullAsync);
    }

    private async Task<IResult> EnqueueAsync(HttpContext context)
    {
        var request = context.Request;
        if (!Iterations(request.Query["iterations"]).TryGet(out var iterations, out var problem))
            return problem;
        if (request.ContentLength < MinBytes)
            return TooSmall(request.ContentLength.Value);
        if (RequestBody.Refuse(request, MaxBytes, "The body") is { } refused)
            return refused with { Detail = $"{refused.Detail} {Bounds}" };
        if (!room.Reserve(request.ContentLength ?? MaxBytes).TryGet(out var reservation, out problem))
            return problem;
        using (reservation)
        {
            if (
                !(await RequestBody.ReadAsync(request, MaxBytes, "The body", context.RequestAborted)).TryGet(
                    out var body,
                    out problem
                )
            )
                return problem with { Detail = $"{problem.Detail} {Bounds}" };
            if (body.Length < MinBytes)
                return TooSmall(body.Length);
            var terms = new SubmissionFields
            {
                Method = "sha512",
                Queue = Queue.Text,
                Params = Params(iterations),
                Body = body,
                ContentType = "application/octet-stream",
            };
            if (!terms.ToJob(Submitter.Of(context)).TryGet(out var job, out problem))
                return problem;
            if (!(await admission.SubmitAsync(job, context.RequestAborted)).TryGet(out var taken, out problem))
                return problem;
            return TypedResults.Text($"work id: {taken.Id}", "text/plain", Encoding.UTF8);
        }
    }

    private async Task<IResult> PullAsync(HttpContext context)
    {
        if (!context.Request.Query.ContainsKey("top"))
            return Problem.BadRequest(
                "The query member 'top' is missing: how many results at most, as in /pullCompleted?top=10."
            );
        if (!Top.Read(context.Request).TryGet(out var top, out var problem))
            return problem;
        var pulled = await shards
            .Of(Queue)
            .QueryAsync<Response.Pulled>(
                new Command.Pull(new FeedName(Queue.Text), Queue, top),
                context.RequestAborted
            );
        if (pulled.Completions.Count == 0)
            return TypedResults.Text(NothingCompleted, "text/plain", Encoding.UTF8);
        // They are given away now, and read afterwards: should this fail, they are still there to be read by their
        // numbers.
        var values = (
            await jobStore.ReadAsync(
                [.. pulled.Completions.Select(end => new RowKey.Payload(end.Job, PayloadKind.Result))],
                context.RequestAborted
            )
        )
            .OfType<PayloadRow>()
            .ToDictionary(row => row.Job);
        return TypedResults.Text(
            string.Join(
                '\n',
                pulled.Completions.Select(end =>
                    $"work_id: {end.Job}, value: {Value(values.GetValueOrDefault(end.Job))}"
                )
            ),
            "text/plain",
            Encoding.UTF8
        );
    }

    private static string Value(PayloadRow? result) =>
        result is { IsDamaged: true }
            ? "damaged in the store; enqueue the work again"
            : Encoding.UTF8.GetString(result is null ? default : result.Bytes.Span);

    private static readonly string Bounds = $"Send {MinBytes} to {MaxBytes} bytes (16 to 256 KB).";

    private static Problem TooSmall(long bytes) => Problem.BadRequest($"The body has {bytes} bytes. {Bounds}");

    private static Result<long> Iterations(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Problem.BadRequest(
                "The query member 'iterations' is missing: how many times to hash, as in /enqueue?iterations=1000."
            );
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= 1
        )
            return number;
        return Problem.BadRequest($"iterations={text} is not a whole number of 1 or more.");
    }

    private static byte[] Params(long iterations) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"iterations\":{iterations}}}"));
}
