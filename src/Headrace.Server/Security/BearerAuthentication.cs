using Headrace.Server.Access;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Authenticates a request by its bearer credential. It implements the framework's interface directly, because the base
/// class adds options, events and a logger to each request, which are not needed here.
/// </summary>
internal sealed class BearerAuthentication(Authenticator authenticator) : IAuthenticationHandler
{
    public const string Scheme = "Bearer";

    private HttpContext? _context;
    private CredentialCheck _check;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _context = context;
        return Task.CompletedTask;
    }

    public async Task<AuthenticateResult> AuthenticateAsync()
    {
        _check = await authenticator.VerifyAsync(_context!.Request);
        return _check switch
        {
            { Caller: { } caller } => AuthenticateResult.Success(new AuthenticationTicket(caller.Principal, Scheme)),
            { Fault: { } fault } => AuthenticateResult.Fail(fault),
            _ => AuthenticateResult.NoResult(),
        };
    }

    /// <summary>
    /// Replies with status 401 if the key is missing or invalid, or with status 503 if the server cannot check the key
    /// yet.
    /// </summary>
    public Task ChallengeAsync(AuthenticationProperties? properties)
    {
        var context = _context!;
        if (_check.IsUnavailable)
            return new Problem(ProblemKinds.Unavailable, _check.Fault!)
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }.ExecuteAsync(context);
        context.Response.Headers.WWWAuthenticate = Scheme;
        return new Problem(
            ProblemKinds.Unauthorized,
            $"{_check.Fault ?? "The request has no key."} {ProblemKinds.Unauthorized.Remedy}"
        ).ExecuteAsync(context);
    }

    /// <summary>
    /// Replies with status 403, because the key is valid but does not grant the access level of the route.
    /// </summary>
    public Task ForbidAsync(AuthenticationProperties? properties)
    {
        var (request, caller) = (_context!.Request, Caller.Of(_context));
        var level = RouteAccess.Of(_context.GetEndpoint());
        var roles = caller.Grants.Count == 0 ? "no such role" : $"only {string.Join(" and ", caller.Grants)}";
        return new Problem(
            ProblemKinds.Forbidden,
            $"{request.Method} {QuotedText.Clip(request.Path.Value!)} requires {RoleTable.DescribeRoles(level)}, and "
                + $"'{caller}' has {roles}. {ProblemKinds.Forbidden.Remedy}"
        ).ExecuteAsync(_context);
    }
}
