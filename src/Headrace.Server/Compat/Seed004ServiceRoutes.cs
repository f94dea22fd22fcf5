using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Compat;

/// <summary>
/// The routes of seed system 004 that concern the service itself: its workers, methods, version and queue, and a test
/// job that shows whether a worker responds.
/// </summary>
internal sealed class Seed004ServiceRoutes(
    Seed004Cells cells,
    IAdmission admission,
    IShardRouter shards,
    IJobStore jobStore,
    JobFinder finder,
    TimeProvider time
)
{
    private const string TagName = "compat";
    private const string TestMethod = "benchop-test";

    /// <summary>Maximum number of queue messages in a reply, as in the seed system.</summary>
    private const int MaxMessages = 5;

    private const int MaxNumber = 1_000_000_000;
    private static readonly TimeSpan TestWait = TimeSpan.FromSeconds(Preference.MaxWait);
    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(100);

    /// <summary>The time after which a purge request is answered even if jobs remain.</summary>
    private static readonly TimeSpan PurgeTime = TimeSpan.FromSeconds(5);

    private static readonly IReadOnlyList<(string Name, ParameterDescription Description)> Numbers =
    [
        .. ((string[])["a", "b", "c"]).Select(name =>
            (
                name,
                ParameterDescription.Query(name, $"A whole number from -{MaxNumber} to {MaxNumber}") with
                {
                    Required = true,
                }
            )
        ),
    ];

    private static readonly string Version =
        typeof(Seed004ServiceRoutes)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "";

    private static readonly RouteDescription Test = new("seed004Test", "Have a worker compute (a + b) * c")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Parameters = [.. Numbers.Select(number => number.Description)],
        Replies = [ReplyDescription.Json<Seed004TestReply>(200, "The result of the worker")],
        Problems = [ProblemKinds.UnknownMethod, ProblemKinds.QueueFull],
    };

    private static readonly RouteDescription Workers = new("seed004Workers", "List the workers")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Replies = [ReplyDescription.Json<Seed004WorkersReply>(200, "The workers that are connected")],
    };

    private static readonly RouteDescription Methods = new("seed004Methods", "List the pricing methods")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Replies = [ReplyDescription.Json<Seed004MethodsReply>(200, "The pricing methods that workers have offered")],
    };

    private static readonly RouteDescription GetVersion = new("seed004Version", "Read the version")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Replies = [ReplyDescription.Json<Seed004VersionReply>(200, "The versions of Headrace and of its runtime")],
    };

    private static readonly RouteDescription Peek = new("seed004Queue", "Read the queue without changing it")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Replies = [ReplyDescription.Json<Seed004QueueReply>(200, "Up to five waiting jobs, newest first")],
    };

    private static readonly RouteDescription Purge = new("seed004Purge", "Cancel the waiting jobs of the queue")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Description = "Running jobs continue. A cancelled measurement is repeated when a client next requests it.",
        Replies =
        [
            ReplyDescription.Json<Seed004PurgeReply>(200, "The number of cancelled jobs, and of those still waiting"),
        ],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/problem/test", Test, TestAsync);
        app.Map("GET", "/workers", Workers, WorkersAsync);
        app.Map("GET", "/workers/methods", Methods, MethodsAsync);
        app.Map("GET", "/version", GetVersion, _ => Task.FromResult<IResult>(VersionReply()));
        app.Map("GET", "/queue", Peek, PeekAsync);
        app.Map("DELETE", "/queue", Purge, PurgeAsync);
    }

    private async Task<IResult> TestAsync(HttpContext context)
    {
        var parameters = new StringBuilder("{");
        foreach (var (name, _) in Numbers)
        {
            var text = context.Request.Query[name].ToString();
            if (!WholeNumber.TryRead(text, -MaxNumber, MaxNumber, out var number))
                return Problem.BadRequest(
                    $"{name}={QuotedText.Clip(text)} is not valid. Use a whole number from -{MaxNumber} to "
                        + $"{MaxNumber}, for example /problem/test?a=1&b=2&c=3."
                );
            parameters.Append(CultureInfo.InvariantCulture, $"{(parameters.Length > 1 ? "," : "")}\"{name}\":{number}");
        }
        var fields = new SubmissionFields
        {
            Method = TestMethod,
            Queue = Seed004Jobs.Queue.Text,
            Params = Encoding.UTF8.GetBytes($"{parameters}}}"),
        };
        if (!fields.ToJob(Seed004Jobs.Anyone).TryGet(out var job, out var problem))
            return problem;
        if (!(await admission.SubmitAsync(job, context.RequestAborted)).TryGet(out var submitted, out problem))
            return problem;
        var found = await finder.FindAsync(submitted.Id, TestWait, Seed004Jobs.Anyone, context.RequestAborted);
        if (found is not FoundJob.Ended { Row: var row })
            return new Problem(
                ProblemKinds.Unavailable,
                $"No worker has computed the test within {TestWait.TotalSeconds:0} seconds. "
                    + $"{(found as FoundJob.Live)?.Why}"
            )
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        if (row.Job.Status.State != JobState.Succeeded)
            return Problem.Internal($"The test failed. {EndDescription.Of(row)}");
        var result = await finder.PayloadAsync(submitted.Id, PayloadKind.Result, context.RequestAborted);
        return
            result is not null
            && WholeNumber.TryRead(
                Encoding.UTF8.GetString(result.Bytes.Span),
                long.MinValue,
                long.MaxValue,
                out var value
            )
            ? new JsonReply<Seed004TestReply>(new Seed004TestReply(value), CompatJson.Default.Seed004TestReply)
            : Problem.Internal($"The result of job {submitted.Id} is not a whole number.");
    }

    private async Task<IResult> WorkersAsync(HttpContext context)
    {
        var workers = await shards.ListWorkersAsync(context.RequestAborted);
        // A worker's name usually contains the name of its machine and a process id, so it is shown only with a key.
        var showsNames = context.HasKey;
        return new JsonReply<Seed004WorkersReply>(
            new Seed004WorkersReply([
                .. workers
                    .OrderBy(worker => worker.Name.Text, StringComparer.Ordinal)
                    .Select((worker, i) => new Seed004Worker(
                        showsNames ? worker.Name.Text : $"worker-{i + 1}",
                        worker.Pool,
                        !worker.Draining,
                        worker.Slots,
                        worker.Leases.Count
                    )),
            ]),
            CompatJson.Default.Seed004WorkersReply
        );
    }

    private async Task<IResult> MethodsAsync(HttpContext context)
    {
        List<string> offered = [.. (await cells.OffersAsync(context.RequestAborted)).Names];
        return new JsonReply<Seed004MethodsReply>(
            new Seed004MethodsReply([
                .. Seed004Method
                    .Rows(offered)
                    .Where(row => row.Name is not null && offered.Contains(row.Name))
                    .Select(row => row.Label),
            ]),
            CompatJson.Default.Seed004MethodsReply
        );
    }

    private static JsonReply<Seed004VersionReply> VersionReply() =>
        new(
            new Seed004VersionReply(Version, RuntimeInformation.FrameworkDescription),
            CompatJson.Default.Seed004VersionReply
        );

    private async Task<IResult> PeekAsync(HttpContext context)
    {
        var queue = await shards.FindQueueAsync(Seed004Jobs.Queue, context.RequestAborted);
        // Jobs that were submitted to the queue with a key belong to the owner of that key and are omitted.
        var waiting = JobFilter.Everything with
        {
            Queue = Seed004Jobs.Queue,
            State = JobState.Ready,
            Owner = Seed004Jobs.Anyone.Name,
        };
        var page = await jobStore.QueryAsync(
            waiting,
            JobOrder.Newest,
            Cursor.Start,
            MaxMessages,
            ReadTime,
            context.RequestAborted
        );
        return new JsonReply<Seed004QueueReply>(
            new Seed004QueueReply(
                queue?.Jobs ?? 0,
                [
                    .. page
                        .Rows.OfType<JobRow>()
                        .Select(job => new Seed004Message(
                            job.Id.ToString(),
                            job.Spec.Method.Text,
                            job.Status.State.ToWireName(),
                            Encoding.UTF8.GetString(job.Spec.Params)
                        )),
                ]
            ),
            CompatJson.Default.Seed004QueueReply
        );
    }

    private async Task<IResult> PurgeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var cancelled = 0L;
        Response.Purged purged;
        do
        {
            purged = await shards
                .Of(Seed004Jobs.Queue)
                .QueryAsync<Response.Purged>(
                    new Command.Purge(Seed004Jobs.Queue, Limits.JobsPerCommand),
                    context.RequestAborted
                );
            cancelled += purged.Jobs;
        } while (purged is { Jobs: > 0, Ready: > 0 } && time.GetElapsedTime(started) < PurgeTime);
        return new JsonReply<Seed004PurgeReply>(
            new Seed004PurgeReply(cancelled, purged.Ready),
            CompatJson.Default.Seed004PurgeReply
        );
    }
}
