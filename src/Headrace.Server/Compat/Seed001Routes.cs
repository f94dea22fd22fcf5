using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Compat;

/// <summary>
/// The routes of seed system 001, a SHA-512 work service: <c>PUT /enqueue?iterations=N</c> accepts a raw body of 16 to
/// 256 KB, and <c>POST /pullCompleted?top=N</c> returns the latest results. Each result is returned only once. The
/// server maps these routes only with <c>--demo seed001</c>. They require no key because clients of that system send
/// none. Their jobs use a separate queue.
/// </summary>
internal sealed class Seed001Routes(IAdmission admission, IShardRouter shards, IJobStore jobStore)
{
    /// <summary>The reply of seed system 001 when there are no results to pull.</summary>
    private const string NothingCompleted = "There are no completed work items right now...";
    private const int MinBytes = 16 << 10;
    private const int MaxBytes = 256 << 10;

    /// <summary>
    /// The memory budget for bodies that are sent without a key. It has room for 256 bodies of the maximum size. It is
    /// separate so that these requests never block submissions from callers with a key.
    /// </summary>
    private const long KeylessBytes = 64 << 20;

    private static readonly QueueName Queue = new("seed001");

    /// <summary>
    /// The owner of all jobs submitted through these routes, with or without a key. Every client can therefore
    /// pull the results.
    /// </summary>
    private static readonly Caller Anyone = new(Caller.Anonymous.Name, [new Grant(Role.Submitter, [Queue])]);

    private static readonly IntegerParameter Top = new("top", 1, Limits.JobsPerCommand, 0, "Maximum number of results")
    {
        Required = true,
    };

    private static readonly RouteDescription PullDescription = new(
        "seed001Pull",
        "Pull the latest results in the format of seed system 001"
    )
    {
        Description =
            "Each result is returned once, to the first client that pulls it. It can still be read at "
            + "/v1/jobs/ID/result.",
        Tag = "compat",
        Access = AccessLevel.Public,
        Parameters = [Top],
        Replies =
        [
            new ReplyDescription(
                200,
                "text/plain",
                null,
                "One line for each result, oldest first: work_id: ID, value: DIGEST"
            ),
        ],
    };

    private static readonly RouteDescription EnqueueDescription = new(
        "seed001Enqueue",
        "Enqueue work in the format of seed system 001"
    )
    {
        Tag = "compat",
        Access = AccessLevel.Public,
        Parameters =
        [
            ParameterDescription.Query("iterations", "Number of hash iterations, 1 or more") with
            {
                Required = true,
            },
            ParameterDescription.Header(
                ContentDigest.Header,
                "sha-256=:BASE64: of the body; the server rejects a body that does not match"
            ),
        ],
        Bodies = [new BodyDescription("application/octet-stream", null, "16 to 256 KB of data to hash")],
        Replies = [new ReplyDescription(200, "text/plain", null, "work id: ID")],
        Problems =
        [
            ProblemKinds.UnknownMethod,
            ProblemKinds.TooLarge,
            ProblemKinds.InvalidParams,
            ProblemKinds.QueueFull,
        ],
    };

    private readonly BodyBudget _bodies = new(KeylessBytes);

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
            return refused with { Reason = Reason.Of($"{refused.Reason} {Bounds}") };
        using var reservation = _bodies.Begin();
        if (
            !(await RequestBody.ReadAsync(request, MaxBytes, "The body", reservation, context.RequestAborted)).TryGet(
                out var body,
                out problem
            )
        )
            return problem with { Reason = Reason.Of($"{problem.Reason} {Bounds}") };
        if (body.Length < MinBytes)
            return TooSmall(body.Length);
        var terms = new SubmissionFields
        {
            Method = "sha512",
            Queue = Queue.Text,
            Params = Params(iterations),
            Body = body,
            ContentType = ContentTypes.OctetStream,
        };
        if (!terms.ToJob(Anyone).TryGet(out var job, out problem))
            return problem;
        if (!(await admission.SubmitAsync(job, context.RequestAborted)).TryGet(out var taken, out problem))
            return problem;
        return TypedResults.Text($"work id: {taken.Id}", "text/plain", Encoding.UTF8);
    }

    private async Task<IResult> PullAsync(HttpContext context)
    {
        if (!context.Request.Query.ContainsKey("top"))
            return Problem.BadRequest(
                "The query parameter 'top' is missing. Set it to the maximum number of results, for example "
                    + "/pullCompleted?top=10."
            );
        if (!Top.Read(context.Request).TryGet(out var top, out var problem))
            return problem;
        while (true)
        {
            var pulled = await shards
                .Of(Queue)
                .QueryAsync<Response.Pulled>(
                    new Command.Pull(new FeedName(Queue.Text), Queue, top),
                    context.RequestAborted
                );
            if (pulled.Completions.Count == 0)
                return TypedResults.Text(NothingCompleted, "text/plain", Encoding.UTF8);
            var lines = await ReadLinesAsync(pulled.Completions, context.RequestAborted);
            if (lines.Count > 0)
                return TypedResults.Text(string.Join('\n', lines), "text/plain", Encoding.UTF8);
        }
    }

    /// <summary>
    /// Reads the results. The pull is recorded before the read, so if the read fails, the results can be read only by
    /// job id. Jobs that were submitted to the queue with a key belong to the owner of that key and are omitted.
    /// </summary>
    private async Task<List<string>> ReadLinesAsync(
        IReadOnlyList<DeliveredCompletion> completions,
        CancellationToken cancellationToken
    )
    {
        var rows = await jobStore.ReadAsync(
            [
                .. completions.Select(end => new RowKey.Payload(end.Job, PayloadKind.Result)),
                .. completions.Select(end => new RowKey.Ended(end.Job)),
            ],
            cancellationToken
        );
        var values = rows.OfType<PayloadRow>().ToDictionary(row => row.Job);
        var pullable = rows.OfType<DoneRow>()
            .Where(row => row.Job.Spec.Owner == Anyone.Name)
            .Select(row => row.Job.Id)
            .ToHashSet();
        return
        [
            .. completions
                .Where(end => pullable.Contains(end.Job))
                .Select(end => $"work_id: {end.Job}, value: {Value(values.GetValueOrDefault(end.Job))}"),
        ];
    }

    private static string Value(PayloadRow? result) =>
        result is { IsDamaged: true }
            ? "the result is damaged in the store; enqueue the work again"
            : Encoding.UTF8.GetString(result is null ? default : result.Bytes.Span);

    private static readonly string Bounds = $"Send {MinBytes} to {MaxBytes} bytes (16 to 256 KB).";

    private static Problem TooSmall(long bytes) => Problem.BadRequest($"The body is {bytes} bytes. {Bounds}");

    private static Result<long> Iterations(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Problem.BadRequest(
                "The query parameter 'iterations' is missing. Set it to the number of hash iterations, for "
                    + "example /enqueue?iterations=1000."
            );
        if (WholeNumber.TryRead(text, 1, long.MaxValue, out var number))
            return number;
        return Problem.BadRequest($"iterations={QuotedText.Clip(text)} is not valid. Use a whole number of 1 or more.");
    }

    private static byte[] Params(long iterations) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"iterations\":{iterations}}}"));
}
