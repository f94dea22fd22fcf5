using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Authenticates a request by its bearer key. It implements the framework's interface directly, because the base class
/// adds options, events and a logger to each request, which are not needed here.
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

    /// <summary>Replies with status 401, because the request has no key or an invalid key.</summary>
    public Task ChallengeAsync(AuthenticationProperties? properties)
    {
        var context = _context!;
        context.Response.Headers.WWWAuthenticate = Scheme;
        var detail =
            context.Request.Headers.Authorization.Count == 0
                ? "The request has no key."
                : "The key in the Authorization header is not valid on this server.";
        return new Problem(ProblemKinds.Unauthorized, $"{detail} {ProblemKinds.Unauthorized.Remedy}").ExecuteAsync(
            context
        );
    }

    /// <summary>
    /// Replies with status 403, because the key is valid but does not have the access level of the route.
    /// </summary>
    public Task ForbidAsync(AuthenticationProperties? properties) =>
        new Problem(
            ProblemKinds.Forbidden,
            $"{ProblemKinds.Forbidden.Explanation} {ProblemKinds.Forbidden.Remedy}"
        ).ExecuteAsync(_context!);
}
