using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The routes that log users in and out.</summary>
internal sealed class LoginRoutes(
    PasswordCheck passwords,
    SessionTokens tokens,
    Sessions sessions,
    IRegistry registry,
    AuditLog audit
)
{
    private static readonly IReadOnlyList<BodyDescription> RefreshTokenBody = AccountRoute.Body<RefreshRequest>(
        "The refresh token"
    );

    private static readonly RouteDescription PostLogin = AccountRoute.Describe(
        AccessLevel.Public,
        "logIn",
        "Log in with a password"
    ) with
    {
        Description =
            "Returns a request token that is valid for 15 minutes, and a refresh token. After several failures, "
            + "further attempts are delayed.",
        Bodies = AccountRoute.Body<LoginRequest>("The user and the password"),
        Replies = [ReplyDescription.Json<LoginReply>(200, "The tokens")],
        Problems = [ProblemKinds.Unauthorized, ProblemKinds.TooManyAttempts],
    };

    private static readonly RouteDescription PostRefresh = AccountRoute.Describe(
        AccessLevel.Public,
        "refreshLogin",
        "Obtain the next token of a login"
    ) with
    {
        Description =
            "A refresh token can be used once. If it is used a second time, it must have been copied, so the login "
            + "ends.",
        Bodies = RefreshTokenBody,
        Replies = [ReplyDescription.Json<LoginReply>(200, "The next tokens")],
        Problems = [ProblemKinds.Unauthorized],
    };

    private static readonly RouteDescription PostLogout = AccountRoute.Describe(
        AccessLevel.Public,
        "logOut",
        "End a login"
    ) with
    {
        Description = "Invalidates the tokens of the login. It is not an error if the login has already ended.",
        Bodies = RefreshTokenBody,
        Replies = AccountRoute.NoContent("The login has ended"),
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("POST", "/v1/login", PostLogin, LogInAsync);
        app.Map("POST", "/v1/login:refresh", PostRefresh, RefreshAsync);
        app.Map("POST", "/v1/logout", PostLogout, LogOutAsync);
    }

    private async Task<IResult> LogInAsync(HttpContext context)
    {
        if (!(await JsonBody.ReadAsync<LoginRequest>(context)).TryGet(out var request, out var problem))
            return problem;
        if (string.IsNullOrEmpty(request.User) || string.IsNullOrEmpty(request.Password))
            return Problem.BadRequest("Set the members 'user' and 'password'.");
        if (
            !(await passwords.VerifyAsync(context, request.User, request.Password)).TryGet(out var user, out problem)
            || !(await tokens.StartAsync(context, user)).TryGet(out var reply, out problem)
        )
            return problem;
        return Reply(context, reply);
    }

    private async Task<IResult> RefreshAsync(HttpContext context)
    {
        if (!(await ReadTokenAsync(context)).TryGet(out var token, out var problem))
            return problem;
        return (await tokens.RefreshAsync(context, token)).TryGet(out var reply, out problem)
            ? Reply(context, reply)
            : problem;
    }

    private async Task<IResult> LogOutAsync(HttpContext context)
    {
        if (!(await ReadTokenAsync(context)).TryGet(out var token, out var problem))
            return problem;
        if (
            RefreshToken.TryRead(token, out var refresh)
            && sessions.Find(refresh.Session) is { } session
            && refresh.Matches(session.Document.RefreshHash)
            && await registry.WriteAsync(
                context.RequestAborted,
                new RegistryWrite.Delete(SessionDocument.Kind, session.Id, RegistryWrite.AnyVersion),
                audit.Entry(session.Document.User, context, "log out", session.Document.User)
            )
                is { } failed
        )
            return failed;
        return TypedResults.NoContent();
    }

    private static async Task<Result<string>> ReadTokenAsync(HttpContext context)
    {
        if (!(await JsonBody.ReadAsync<RefreshRequest>(context)).TryGet(out var request, out var problem))
            return problem;
        return string.IsNullOrEmpty(request.RefreshToken)
            ? Problem.BadRequest("The member 'refreshToken' is missing. POST /v1/login returns it.")
            : request.RefreshToken;
    }

    private static JsonReply<LoginReply> Reply(HttpContext context, LoginReply reply)
    {
        // Tokens must not be cached (RFC 6749, section 5.1).
        context.Response.Headers.CacheControl = "no-store";
        return new JsonReply<LoginReply>(reply, HeadraceJson.Default.LoginReply);
    }
}
