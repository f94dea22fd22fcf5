using Headrace.Core.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// What every route below <c>/v1/jobs/{id}</c> shares: the id, the wait, and the words when there is no such job.
/// </summary>
internal static class JobIdRoute
{
    public static readonly ParameterDescription Id = ParameterDescription.Path(
        "id",
        "The job's number, such as 42 or 3-42"
    );

    public static readonly IntegerParameter Wait = new(
        "wait",
        0,
        Preference.MaxWait,
        0,
        "Seconds to wait for the job's end"
    );

    public static Result<JobId> Read(HttpContext context)
    {
        var text = context.GetRouteValue("id")?.ToString();
        return JobId.TryParse(text, out var id)
            ? id
            : Problem.BadRequest($"'{text}' is no number of a job, such as 42 or 3-42.");
    }

    public static Problem NotFound(JobId id) =>
        Problem.NotFound($"There is no job {id}. The id of a job is the answer to its submission.");
}
