using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Pools.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Hosting;

/// <summary>Alive and ready, for people, scripts and orchestrators.</summary>
internal static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("alive\n"))
            .ExcludeFromDescription()
            .WithAccess(AccessLevel.Public);
        app.MapGet(
                "/readyz",
                (ShardDoor door, LocalPools pools) =>
                {
                    var reply = ReadyReply.Of(door.ClosedWhy, pools.Status);
                    return new JsonReply<ReadyReply>(
                        reply,
                        HostingJson.Default.ReadyReply,
                        reply.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
                    );
                }
            )
            .ExcludeFromDescription()
            .WithAccess(AccessLevel.Public);
    }
}
