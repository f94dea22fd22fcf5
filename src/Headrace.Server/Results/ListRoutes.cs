using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>Lists of jobs: the filtered list, and the latest results of a queue.</summary>
internal sealed class ListRoutes(IShardRouter shards, IJobStore jobStore)
{
    private static readonly IntegerParameter Limit = new("limit", 1, 1_000, 50, "Maximum number of jobs");
    private static readonly IntegerParameter Top = new("top", 1, 1_000, 10, "Maximum number of jobs");

    /// <summary>Time limit of a read from the store (R25).</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Size limit in bytes of the params or results in one reply. When the limit is reached, the job list ends the
    /// page, and the result list returns addresses instead of further results (R15).
    /// </summary>
    private const long FullBytes = 8 << 20;

    /// <summary>
    /// Maximum number of counts in a page. There can be 10,000 queues with a count for each method and state.
    /// </summary>
    private const int MaxCounts = 200;

    private static readonly RouteDescription GetJobs = new("listJobs", "List jobs")
    {
        Access = AccessLevel.Read,
        Description =
            "Lists jobs in pages, newest first. To read the next page, pass the value of 'next' as after=; the "
            + "last page has no 'next'. If the search reaches its time limit, 'complete' is false; continue with "
            + "'next'. 'counts' are exact for the queue and method of the filter and ignore its other terms; a "
            + "page has at most 200 of them. A page ends early when its params reach 8 MB.",
        Parameters =
        [
            ParameterDescription.Query("q", JobFilterText.Syntax),
            ParameterDescription.Query("after", "The member 'next' of the previous page"),
            Limit,
        ],
        Replies = [ReplyDescription.Json<JobPage>(200, "A page of jobs")],
    };

    private static readonly RouteDescription GetResults = new("listResults", "Read the latest results")
    {
        Access = AccessLevel.Read,
        Description =
            "Returns the jobs that ended most recently, newest first. Reading results does not remove them. The "
            + "reply contains text and JSON results up to 64 KB each and 8 MB in total, and the addresses of "
            + "all other results.",
        Parameters = [ParameterDescription.Query("queue", "Only jobs of this queue"), Top],
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
            !JobFilterText.Read(query["q"]).TryGet(out var filter, out var problem)
            || !CursorText.Read(query["after"]).TryGet(out var after, out problem)
        )
            return problem;
        if (!Limit.Read(context.Request).TryGet(out var limit, out problem))
            return problem;
        var page = await jobStore.QueryAsync(filter, JobOrder.Newest, after, limit, Budget, context.RequestAborted);
        var queues = await shards.ListQueuesAsync(context.RequestAborted);
        return new JsonReply<JobPage>(Page(page, Counts(queues, filter)), HeadraceJson.Default.JobPage);
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
        var page = await jobStore.QueryAsync(
            filter,
            JobOrder.LatestEnded,
            Cursor.Start,
            top,
            Budget,
            context.RequestAborted
        );
        var rows = page.Rows.OfType<DoneRow>().ToList();
        return new JsonReply<IReadOnlyList<JobReply>>(
            await WithResultsAsync(rows, context.RequestAborted),
            HeadraceJson.Default.IReadOnlyListJobReply
        );
    }

    private async Task<IReadOnlyList<JobReply>> WithResultsAsync(
        IReadOnlyList<DoneRow> rows,
        CancellationToken cancellationToken
    )
    {
        var keys = new List<RowKey>();
        var bytes = 0L;
        foreach (var row in rows)
            if (InlineResult.IsInlineable(row) && (bytes += row.ResultBytes) <= FullBytes)
                keys.Add(new RowKey.Payload(row.Job.Id, PayloadKind.Result));
        var payloads =
            keys.Count == 0
                ? []
                : (await jobStore.ReadAsync(keys, cancellationToken)).OfType<PayloadRow>().ToDictionary(p => p.Job);
        return [.. rows.Select(row => InlineResult.Put(JobView.Of(row), payloads.GetValueOrDefault(row.Job.Id)))];
    }

    private static JobPage Page(Page page, IReadOnlyList<CountReply> counts)
    {
        var jobs = new List<JobReply>(page.Rows.Count);
        var bytes = 0L;
        foreach (var row in page.Rows)
        {
            var (job, reply) = row is DoneRow done
                ? (done.Job, JobView.Of(done))
                : ((JobRow)row, JobView.Of((JobRow)row));
            jobs.Add(reply);
            bytes += job.Spec.Params.Length;
            if (bytes >= FullBytes && jobs.Count < page.Rows.Count)
                return new JobPage(jobs, CursorText.Write(new Cursor(job.Id.Value)), true, counts);
        }
        return new JobPage(jobs, page.Next is { } next ? CursorText.Write(next) : null, page.Complete, counts);
    }

    private static List<CountReply> Counts(IReadOnlyList<QueueView> queues, JobFilter filter) =>
        [
            .. queues
                .SelectMany(q => q.Counts)
                .Where(c =>
                    (filter.Queue is null || c.Queue == filter.Queue)
                    && (filter.Method is null || c.Method == filter.Method)
                )
                .Take(MaxCounts)
                .Select(JobView.Of),
        ];
}
