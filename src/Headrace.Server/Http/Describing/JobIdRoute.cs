using Headrace.Core.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// The elements shared by all routes under <c>/v1/jobs/{id}</c>: the id, the wait, and the problem for a job that does
/// not exist.
/// </summary>
internal static class JobIdRoute
{
    public static readonly ParameterDescription Id = ParameterDescription.Path(
        "id",
        "The id of the job, for example 42 or 3-42"
    );

    public static readonly IntegerParameter Wait = new(
        "wait",
        0,
        Preference.MaxWait,
        0,
        "Number of seconds to wait for the job to end"
    );

    public static Result<JobId> Read(HttpContext context)
    {
        var text = context.GetRouteValue("id")?.ToString();
        return JobId.TryParse(text, out var id)
            ? id
            : Problem.BadRequest(
                $"'{QuotedText.Clip(text ?? "")}' is not a valid job id. Use an id such as 42 or 3-42."
            );
    }

    public static Problem NotFound(JobId id) =>
        Problem.NotFound($"There is no job {id}. Check the id; the reply to a submission contains it.");
}
