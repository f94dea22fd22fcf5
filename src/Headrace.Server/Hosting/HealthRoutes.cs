using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Pools.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Hosting;

/// <summary>Liveness and readiness checks for people, scripts and orchestrators.</summary>
internal static class HealthRoutes
{
    private static readonly RouteDescription Alive = new("getLiveness", "Check that the server is alive")
    {
        Access = AccessLevel.Public,
        Tag = "about",
        Replies = [new ReplyDescription(200, "text/plain", null, "The process responds to requests")],
    };

    private static readonly RouteDescription Ready = new("getReadiness", "Check that the server is ready")
    {
        Access = AccessLevel.Public,
        Tag = "about",
        Replies =
        [
            ReplyDescription.Json<ReadyReply>(200, "The server accepts requests, and its local workers have joined"),
            ReplyDescription.Json<ReadyReply>(503, "Not ready; the member 'waitsFor' gives the reason"),
        ],
    };

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("alive\n")).Describe(Alive);
        app.MapGet(
                "/readyz",
                (HttpContext context, ShardMailbox mailbox, LocalPools pools, ClockWarning clock) =>
                {
                    var status = pools.Status;
                    var reply = ReadyReply.Of(
                        mailbox.ClosedReason?.For(context),
                        context.HasKey ? status : status with { Problems = [] },
                        clock.Text
                    );
                    // The names and process ids of workers are shown only to callers with a key.
                    if (!context.HasKey)
                        reply = reply with
                        {
                            Workers = reply.Workers with { Slots = [], Adopted = [], Describing = [] },
                        };
                    return new JsonReply<ReadyReply>(
                        reply,
                        HostingJson.Default.ReadyReply,
                        reply.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
                    );
                }
            )
            .Describe(Ready);
    }
}
