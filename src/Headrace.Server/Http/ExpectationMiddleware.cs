using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Rejects a request with an Expect header that the server cannot meet. The web server itself meets
/// <c>100-continue</c>, but it silently ignores any other expectation (RFC 9110, section 10.1.1).
/// </summary>
internal sealed class ExpectationMiddleware(RequestDelegate next)
{
    private const string Continue = "100-continue";

    public Task InvokeAsync(HttpContext context) =>
        FindUnmet(context.Request) is { } expectation
            ? new Problem(
                ProblemKinds.ExpectationFailed,
                $"The request expects '{QuotedText.Clip(expectation)}'. The only supported value of the Expect header "
                    + $"is {Continue}."
            ).ExecuteAsync(context)
            : next(context);

    private static string? FindUnmet(HttpRequest request)
    {
        foreach (var line in request.Headers.Expect)
            foreach (var expectation in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
                if (expectation.Length > 0 && !expectation.Equals(Continue, StringComparison.OrdinalIgnoreCase))
                    return expectation;
        return null;
    }
}
