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

namespace Headrace.Server.Queues;

/// <summary>The route that deletes an ended job before its retention expires.</summary>
internal sealed class JobDeletionRoute(IShardRouter shards, JobFinder finder)
{
    private static readonly RouteDescription Post = new("deleteJob", "Delete an ended job")
    {
        Access = AccessLevel.Submit,
        Tag = "jobs",
        Description =
            "Deletes the job along with its body, result, attempts and logs. Its idempotency key can be used again.",
        Parameters = [JobIdRoute.Id],
        Replies = [ReplyDescription.Json<DeletedReply>(200, "The job is deleted")],
        Problems = [ProblemKinds.Forbidden, ProblemKinds.NotFound, ProblemKinds.NotEnded],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("POST", "/v1/jobs/{id}:delete", Post, DeleteAsync);

    private async Task<IResult> DeleteAsync(HttpContext context)
    {
        if (!JobIdRoute.Read(context).TryGet(out var id, out var problem))
            return problem;
        var caller = Caller.Of(context);
        if (await finder.FindAsync(id, TimeSpan.Zero, caller, context.RequestAborted) is not { } found)
            return JobIdRoute.NotFound(id);
        if (!caller.MayCancel(found.Job.Spec))
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may read job {id}, but may not delete it, because {found.Job.Spec.Owner} submitted it. "
                    + "Ask its owner, or use a key with the role operator."
            );
        return await shards.Of(id).QueryAsync<Response>(new Command.DeleteJob(id), context.RequestAborted) switch
        {
            Response.Deleted => new JsonReply<DeletedReply>(
                new DeletedReply(id.ToString()),
                HeadraceJson.Default.DeletedReply
            ),
            Response.Live live => new Problem(
                ProblemKinds.NotEnded,
                $"Job {id} is {live.Job.Status.State.ToWireName()}, and only an ended job can be deleted. Cancel it "
                    + $"first: headrace jobs cancel {id}."
            ),
            _ => JobIdRoute.NotFound(id),
        };
    }
}
