using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>
/// The routes for a single job. They read the job, wait for it to end, explain why it is waiting, and cancel it.
/// </summary>
internal sealed class JobRoutes(IShardRouter shards, JobFinder finder, JobPayloads payloads)
{
    private static readonly RouteDescription Get = new("getJob", "Read a job")
    {
        Access = AccessLevel.Read,
        Description =
            "With wait=N, the server replies when the job has ended, or after N seconds with the job's current "
            + "state.",
        Parameters = [JobIdRoute.Id, JobIdRoute.Wait],
        Replies = [ReplyDescription.Json<JobReply>(200, "The job")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription GetWhy = new("explainJob", "Explain the state of a job")
    {
        Access = AccessLevel.Read,
        Parameters = [JobIdRoute.Id],
        Replies = [ReplyDescription.Json<WhyReply>(200, "The explanation in a sentence")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription Delete = new("cancelJob", "Cancel a job")
    {
        Access = AccessLevel.Submit,
        Description =
            "A waiting job ends immediately. A running job is asked to stop; it ends as cancelled unless its "
            + "attempt succeeds first.",
        Parameters = [JobIdRoute.Id],
        Replies =
        [
            ReplyDescription.Json<JobReply>(200, "Cancelled"),
            ReplyDescription.Json<JobReply>(
                202,
                "The running attempt was asked to stop; the member 'stopRequested' shows it"
            ),
        ],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound, ProblemKinds.EndedAlready],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/jobs/{id}", Get, GetAsync);
        app.Map("GET", "/v1/jobs/{id}/why", GetWhy, GetWhyAsync);
        app.Map("DELETE", "/v1/jobs/{id}", Delete, CancelAsync);
    }

    private async Task<IResult> GetAsync(HttpContext context)
    {
        if (
            !JobIdRoute.Read(context).TryGet(out var id, out var problem)
            || !JobIdRoute.Wait.Read(context.Request).TryGet(out var wait, out problem)
        )
            return problem;
        return
            await finder.FindAsync(id, TimeSpan.FromSeconds(wait), Caller.Of(context), context.RequestAborted)
                is { } found
            ? new JobDetail(JobView.Of(found), found.Job, payloads)
            : JobIdRoute.NotFound(id);
    }

    private async Task<IResult> GetWhyAsync(HttpContext context)
    {
        if (!JobIdRoute.Read(context).TryGet(out var id, out var problem))
            return problem;
        if (await finder.FindAsync(id, TimeSpan.Zero, Caller.Of(context), context.RequestAborted) is not { } found)
            return JobIdRoute.NotFound(id);
        var why = found switch
        {
            FoundJob.Live { Why: { } gate } => gate,
            FoundJob.Ended ended => EndDescription.Of(ended.Row),
            _ => "The server is loading the job.",
        };
        return new JsonReply<WhyReply>(
            new WhyReply(id.ToString(), found.Job.Status.State.ToWireName(), why),
            HeadraceJson.Default.WhyReply
        );
    }

    private async Task<IResult> CancelAsync(HttpContext context)
    {
        if (!JobIdRoute.Read(context).TryGet(out var id, out var problem))
            return problem;
        if (await RefuseCancelAsync(id, Caller.Of(context), context.RequestAborted) is { } refused)
            return refused;
        switch (await shards.Of(id).QueryAsync<Response>(new Command.Cancel(id), context.RequestAborted))
        {
            case Response.Ended ended:
                return new JobDetail(JobView.Of(ended.Job), ended.Job.Job, payloads);
            case Response.CancelRequested wanted:
                return new JobDetail(JobView.Of(wanted.Job), wanted.Job, payloads, StatusCodes.Status202Accepted);
            default:
                return await finder.StoredAsync(id, context.RequestAborted) switch
                {
                    FoundJob.Ended ended => new Problem(
                        ProblemKinds.EndedAlready,
                        $"Job {id} has already ended. {EndDescription.Of(ended.Row)}"
                    ),
                    FoundJob.Live => new Problem(
                        ProblemKinds.Unavailable,
                        $"The server is loading job {id}. Try again in a second."
                    )
                    {
                        RetryAfter = TimeSpan.FromSeconds(1),
                    },
                    _ => JobIdRoute.NotFound(id),
                };
        }
    }

    /// <summary>
    /// Returns the problem if the caller is not permitted to cancel the job; null if it is. The owner of a job never
    /// changes, so the result is still valid when the job is cancelled. A caller that is not permitted to read the job
    /// gets the same problem as for a job that does not exist.
    /// </summary>
    private async Task<Problem?> RefuseCancelAsync(JobId id, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.ScopeOf(Permission.CancelOthers).IsAll)
            return null;
        if (await finder.FindAsync(id, TimeSpan.Zero, caller, cancellationToken) is not { } found)
            return JobIdRoute.NotFound(id);
        return caller.MayCancel(found.Job.Spec)
            ? null
            : new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may read job {id}, but may not cancel it, because it was submitted by "
                    + $"{found.Job.Spec.Owner}. Ask its owner, or use a key with the role operator."
            );
    }
}
