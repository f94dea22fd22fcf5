using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Authenticates a request by the bearer key that it carries. Implements the framework's seam directly: its base class
/// adds options, events and a logger to each request, and nothing here needs them.
/// </summary>
internal sealed class BearerAuthentication(BearerKeys keys) : IAuthenticationHandler
{
    public const string Scheme = "Bearer";

    private HttpContext? _context;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _context = context;
        return Task.CompletedTask;
    }

    public Task<AuthenticateResult> AuthenticateAsync() =>
        keys.Check(_context!.Request.Headers.Authorization.ToString());

    /// <summary>401: the request carries no key, or an unknown one.</summary>
    public Task ChallengeAsync(AuthenticationProperties? properties)
    {
        var context = _context!;
        context.Response.Headers.WWWAuthenticate = Scheme;
        var detail =
            context.Request.Headers.Authorization.Count == 0
                ? "The request carries no key."
                : "The key in the Authorization header is not one that this server knows.";
        return new Problem(ProblemKinds.Unauthorized, $"{detail} {ProblemKinds.Unauthorized.Remedy}").ExecuteAsync(
            context
        );
    }

    /// <summary>403: the key is known and lacks the access level of the route.</summary>
    public Task ForbidAsync(AuthenticationProperties? properties) =>
        new Problem(
            ProblemKinds.Forbidden,
            $"{ProblemKinds.Forbidden.Explanation} {ProblemKinds.Forbidden.Remedy}"
        ).ExecuteAsync(_context!);
}
