using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>Who a job belongs to: the name that authentication gave the caller.</summary>
internal static class Submitter
{
    /// <summary>The owner of jobs that came in without a key, where a route allows that.</summary>
    public const string Anonymous = "anonymous";

    public static string Of(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : Anonymous;
}
