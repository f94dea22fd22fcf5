using System.Runtime.CompilerServices;
using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that list jobs: a filtered list, and the latest results from a queue.</summary>
internal sealed class ListRoutes(IShardRouter shards, IJobStore jobStore, JobPayloads payloads, TimeProvider time)
{
    private static readonly IntegerParameter Limit = new("limit", 1, 1_000, 50, "Maximum number of jobs");
    private static readonly IntegerParameter Top = new("top", 1, 1_000, 10, "Maximum number of jobs");

    /// <summary>
    /// Maximum number of counts in a page. A limit is needed because there can be 10,000 queues with a count for each
    /// method and state.
    /// </summary>
    private const int MaxCounts = 200;

    private static readonly RouteDescription GetJobs = new("listJobs", "List jobs")
    {
        Access = AccessLevel.Read,
        Description =
            "Lists jobs in pages, newest first. To read the next page, pass the value of 'next' as after=; the last "
            + "page has no 'next'. If the search reaches its time limit, 'complete' is false; continue with 'next'. "
            + "'examined' is the number of jobs that the search read for this page; a caller who may not read every "
            + "job receives the number of jobs found instead. Searches by tag, key or time, or by the state or reason "
            + "of unsuccessful jobs, read only jobs that may match. The numbers in 'counts' are exact for the queue "
            + "and method of the filter, but ignore its other terms; a page contains at most 200 of these numbers. A "
            + "page ends early when its params reach 8 MB.",
        Parameters =
        [
            ParameterDescription.Query("q", JobFilterParser.Syntax),
            ParameterDescription.Query("after", "The member 'next' of the previous page"),
            Limit,
        ],
        Replies = [ReplyDescription.Json<JobPage>(200, "A page of jobs")],
        Problems = [ProblemKinds.Forbidden],
    };

    private static readonly RouteDescription GetResults = new("listResults", "Read the latest results")
    {
        Access = AccessLevel.Read,
        Description =
            "Returns the jobs that ended most recently, newest first. Reading results does not remove them. The "
            + "reply contains text and JSON results up to 64 KB each and 8 MB in total, and the addresses of "
            + "all other results.",
        Parameters = [ParameterDescription.Query("queue", "Only jobs from this queue"), Top],
        Replies = [ReplyDescription.Json<IReadOnlyList<JobReply>>(200, "Ended jobs")],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/jobs", GetJobs, GetJobsAsync);
        app.Map("GET", "/v1/results", GetResults, GetResultsAsync);
    }

    private async Task<IResult> GetJobsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (
            !JobFilterText.Read(query["q"], time).TryGet(out var filter, out var problem)
            || !CursorText.Read(query["after"]).TryGet(out var after, out problem)
        )
            return problem;
        if (!Limit.Read(context.Request).TryGet(out var limit, out problem))
            return problem;
        var caller = Caller.Of(context);
        if (!ReadableJobs.Narrow(filter, caller).TryGet(out var narrowed, out problem))
            return problem;
        var counts = await CountsAsync(filter, caller.ScopeOf(Permission.ReadOthers), context.RequestAborted);
        return new JobListReply(new JobPages(jobStore, narrowed, JobOrder.Newest, caller, time), after, limit, payloads)
        {
            Counts = counts,
        };
    }

    private async Task<IResult> GetResultsAsync(HttpContext context)
    {
        var filter = JobFilter.Everything with { EndedOnly = true };
        if (context.Request.Query["queue"].ToString() is { Length: > 0 } text)
        {
            if (!QueueName.TryParse(text, out var queue))
                return Problem.BadRequest($"'{text}' is not a valid queue name. Use {NameFormat.Description}.");
            filter = filter with { Queue = queue };
        }
        if (!Top.Read(context.Request).TryGet(out var top, out var problem))
            return problem;
        var caller = Caller.Of(context);
        return ReadableJobs.Narrow(filter, caller).TryGet(out var narrowed, out problem)
            ? new ResultListReply(new JobPages(jobStore, narrowed, JobOrder.LatestEnded, caller, time), top, payloads)
            : problem;
    }

    /// <summary>
    /// Returns the counts for the queue and method in the filter, up to a maximum number. Counts include the jobs of
    /// all owners, so they are shown only to callers that may read all of these jobs.
    /// </summary>
    private async Task<IReadOnlyList<CountReply>> CountsAsync(
        JobFilter filter,
        QueueScope readable,
        CancellationToken cancellationToken
    )
    {
        var counts = new List<CountReply>();
        var queues = filter.Queue is { } only
            ? FindAsync(only, cancellationToken)
            : shards.ListQueuesAsync(after: null, cancellationToken);
        await foreach (var queue in queues)
        {
            if (!readable.Contains(queue.Name))
                continue;
            counts.AddRange(CountsOf(queue, filter).Take(MaxCounts - counts.Count));
            if (counts.Count == MaxCounts)
                break;
        }
        return counts;
    }

    /// <summary>Returns a list that contains the queue, or an empty list if the queue does not exist.</summary>
    private async IAsyncEnumerable<QueueView> FindAsync(
        QueueName name,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (await shards.FindQueueAsync(name, cancellationToken) is { } queue)
            yield return queue;
    }

    private static IEnumerable<CountReply> CountsOf(QueueView queue, JobFilter filter) =>
        queue.Counts.Where(count => filter.Method is null || count.Method == filter.Method).Select(JobView.Of);
}
