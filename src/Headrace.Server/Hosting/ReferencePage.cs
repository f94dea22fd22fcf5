using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace Headrace.Server.Hosting;

/// <summary>
/// <c>/docs/api</c>: the API's description as a page on which requests can be tried. This server serves all of it, so
/// it works without the internet (docs/decisions/0013-scalar-for-the-api-reference.md).
/// </summary>
internal static class ReferencePage
{
    /// <summary>
    /// Whatever the page's script would fetch elsewhere (fonts, a proxy for requests, an assistant), the browser
    /// refuses. Scripts within the page are allowed because the page starts its script by one.
    /// </summary>
    private const string SameOriginOnly =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    public static void MapReference(this IEndpointRouteBuilder app)
    {
        var routes = app.MapScalarApiReference(
            "/docs/api",
            scalar =>
            {
                scalar.Title = "Headrace API";
                scalar.OpenApiRoutePattern = "/openapi.json";
                // Each of these reaches for a host of its maker.
                scalar.DefaultFonts = false;
                scalar.Telemetry = false;
                scalar.HideClientButton = true;
                scalar.ProxyUrl = null;
                scalar.Agent = new ScalarAgentOptions { Disabled = true };
                scalar.Mcp = new ScalarMcpOptions { Disabled = true };
            }
        );
        routes.ExcludeFromDescription().WithSummary("Show this API as a page").WithTags("about");
        routes.WithAccess(AccessLevel.Public);
        routes.Finally(route =>
        {
            if (route.RequestDelegate is not { } serve)
                return;
            route.RequestDelegate = context =>
            {
                context.Response.Headers.ContentSecurityPolicy = SameOriginOnly;
                context.Response.Headers.XContentTypeOptions = "nosniff";
                return serve(context);
            };
        });
    }
}
