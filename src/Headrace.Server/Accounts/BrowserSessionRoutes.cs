using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The routes through which a browser acts on behalf of a caller without ever receiving a key.</summary>
internal sealed class BrowserSessionRoutes(BrowserSessions sessions, Authenticator authenticator)
{
    private static readonly ParameterDescription Code = ParameterDescription.Query("code", "The code of the link") with
    {
        Required = true,
    };

    private static readonly RouteDescription PostLink = AccountRoute.Describe(
        AccessLevel.Read,
        "createSessionLink",
        "Create a link that opens a session"
    ) with
    {
        Description = "The link can be used once, within a minute. The browser that opens it acts as the caller.",
        Replies = [ReplyDescription.Json<SessionLinkReply>(201, "The path of the link on this server")],
    };

    private static readonly RouteDescription Open = AccountRoute.Describe(
        AccessLevel.Public,
        "openSession",
        "Open a session of a browser"
    ) with
    {
        Parameters = [Code],
        Replies = [new ReplyDescription(303, "text/plain", null, "The session has begun; continue at /")],
        Problems = [ProblemKinds.Unauthorized],
    };

    private static readonly RouteDescription Get = AccountRoute.Describe(
        AccessLevel.Read,
        "getSession",
        "Read the session of a browser"
    ) with
    {
        Description =
            "A page sends the antiforgery token in the X-Headrace-Antiforgery header of each request that changes "
            + "something.",
        Replies = [ReplyDescription.Json<SessionReply>(200, "The caller and the antiforgery token")],
        Problems = [ProblemKinds.NotFound],
    };

    private static readonly RouteDescription Delete = AccountRoute.Describe(
        AccessLevel.Read,
        "endSession",
        "End the session of a browser"
    ) with
    {
        Replies = AccountRoute.NoContent("The session has ended"),
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("POST", "/v1/session-links", PostLink, CreateLinkAsync);
        app.Map("GET", "/session", Open, OpenAsync);
        app.Map("GET", "/v1/session", Get, GetAsync);
        app.Map("DELETE", "/v1/session", Delete, EndAsync);
    }

    private Task<IResult> CreateLinkAsync(HttpContext context) =>
        Task.FromResult<IResult>(
            new JsonReply<SessionLinkReply>(
                new SessionLinkReply(
                    $"/session?code={sessions.CreateLink(authenticator.CredentialOf(context.Request))}"
                ),
                HeadraceJson.Default.SessionLinkReply,
                StatusCodes.Status201Created
            )
        );

    private Task<IResult> OpenAsync(HttpContext context)
    {
        if (!sessions.TryStart(context.Request.Query[Code.Name].ToString(), out var cookie))
            return Task.FromResult<IResult>(
                new Problem(
                    ProblemKinds.Unauthorized,
                    "The link does not work, because it has already been opened or is older than a minute. Create "
                        + "another one."
                )
            );
        context.Response.Cookies.Append(
            BrowserSessions.Cookie,
            cookie,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
                MaxAge = BrowserSessions.Lifetime,
            }
        );
        // The address contains the code of the link, so the browser must not send it to other pages as the referrer.
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Location = "/";
        return Task.FromResult<IResult>(TypedResults.StatusCode(StatusCodes.Status303SeeOther));
    }

    private Task<IResult> GetAsync(HttpContext context)
    {
        if (sessions.Find(context.Request) is not { } session)
            return Task.FromResult<IResult>(
                Problem.NotFound(
                    "The request has a key instead of a session. POST /v1/session-links creates a link that starts one."
                )
            );
        var caller = Caller.Of(context);
        context.Response.Headers.CacheControl = "no-store";
        return Task.FromResult<IResult>(
            new JsonReply<SessionReply>(
                new SessionReply(
                    caller.Name,
                    [.. caller.Grants.Select(grant => grant.ToString())],
                    session.AntiforgeryToken
                ),
                HeadraceJson.Default.SessionReply
            )
        );
    }

    private Task<IResult> EndAsync(HttpContext context)
    {
        sessions.End(context.Request);
        context.Response.Cookies.Delete(BrowserSessions.Cookie);
        return Task.FromResult<IResult>(TypedResults.NoContent());
    }
}
