using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The route that tells callers who they are and what they may do.</summary>
internal static class CallerRoutes
{
    private static readonly RouteDescription Get = AccountRoute.Describe(
        AccessLevel.Read,
        "getCaller",
        "Read the name and roles of the caller"
    ) with
    {
        Replies = [ReplyDescription.Json<CallerReply>(200, "The caller")],
    };

    public static void MapCaller(this IEndpointRouteBuilder app) =>
        app.Map(
            "GET",
            "/v1/me",
            Get,
            context =>
            {
                var caller = Caller.Of(context);
                return Task.FromResult<IResult>(
                    new JsonReply<CallerReply>(
                        new CallerReply(caller.Name, [.. caller.Grants.Select(grant => grant.ToString())]),
                        HeadraceJson.Default.CallerReply
                    )
                );
            }
        );
}
