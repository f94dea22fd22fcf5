using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>The owner of a job: the name of the authenticated caller.</summary>
internal static class Submitter
{
    /// <summary>The owner of jobs that are submitted without a key, on routes that require none.</summary>
    public const string Anonymous = "anonymous";

    public static string Of(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : Anonymous;
}
