using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary><c>GET /v1/failures</c>: failed jobs, grouped by cause.</summary>
internal sealed class FailureRoutes(IJobStore jobStore, TimeProvider time)
{
    /// <summary>Number of jobs read at a time: 1 MB of memory if each has 2 KB of params.</summary>
    private const int PageSize = 500;

    private static readonly RouteDescription Get = new("listFailures", "Group failed jobs by cause")
    {
        Access = AccessLevel.Read,
        Description =
            "Groups failed jobs by the type and the first line of their errors. Each group contains the number of jobs "
            + "and the newest of them. A page covers as many jobs as the server can read within its time limit; pass "
            + "'next' as after= for the next page, and add up the counts.",
        Parameters =
        [
            ParameterDescription.Query("q", JobFilterParser.Syntax),
            ParameterDescription.Query("after", "The member 'next' of the previous page"),
        ],
        Replies = [ReplyDescription.Json<FailurePage>(200, "A page of groups, the largest first")],
        Problems = [ProblemKinds.Forbidden],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/failures", Get, GetAsync);

    private async Task<IResult> GetAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (
            !JobFilterText.Read(query["q"], time).TryGet(out var filter, out var problem)
            || !CursorText.Read(query["after"]).TryGet(out var after, out problem)
        )
            return problem;
        if (filter.State is not (null or JobState.Failed))
            return Problem.BadRequest(
                $"The filter selects state '{filter.State.Value.ToWireName()}', but this list contains only failed "
                    + "jobs. Remove 'state' from the filter."
            );
        var caller = Caller.Of(context);
        if (!ReadableJobs.Narrow(filter with { State = JobState.Failed }, caller).TryGet(out var narrowed, out problem))
            return problem;
        var pages = new JobPages(jobStore, narrowed, JobOrder.Newest, caller, time);
        var groups = new FailureGroups();
        await foreach (var page in pages.ReadAsync(after, int.MaxValue, PageSize, context.RequestAborted))
        {
            foreach (var row in page.OfType<DoneRow>())
                groups.Add(row);
            if (groups.IsFull)
                break;
        }
        return new JsonReply<FailurePage>(
            new FailurePage(groups.All, pages.Next is { } next ? CursorText.Write(next) : null, pages.Examined),
            HeadraceJson.Default.FailurePage
        );
    }
}
