using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace Headrace.Server.Hosting;

/// <summary>
/// <c>/docs/api</c>: the API reference as a web page from which users can send requests. The server itself serves all
/// files of the page, so the page works without internet access (docs/decisions/0013-scalar-for-the-api-reference.md).
/// </summary>
internal static class ReferencePage
{
    /// <summary>
    /// This policy makes the browser block everything that the page's script would load from other hosts (fonts, a
    /// request proxy, an assistant), and every script that is neither a file from this server nor marked with the nonce
    /// of the response. Inline styles are allowed without a nonce, because the script adds them to the page.
    /// </summary>
    private static string Policy(string? nonce) =>
        $"default-src 'none'; script-src 'self'{(nonce is null ? "" : $" 'nonce-{nonce}'")}; style-src 'self' "
        + "'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapReference(this IEndpointRouteBuilder app)
    {
        var routes = app.MapScalarApiReference(
            "/docs/api",
            scalar =>
            {
                scalar.Title = "Headrace API";
                scalar.OpenApiRoutePattern = "/openapi.json";
                // Each of these features would contact one of the vendor's servers.
                scalar.DefaultFonts = false;
                scalar.Telemetry = false;
                scalar.HideClientButton = true;
                scalar.ProxyUrl = null;
                scalar.Agent = new ScalarAgentOptions { Disabled = true };
                scalar.Mcp = new ScalarMcpOptions { Disabled = true };
                scalar.WithNonce();
            }
        );
        routes.ExcludeFromDescription().WithSummary("Show the API reference as a page").WithTags("about");
        routes.WithAccess(AccessLevel.Public);
        routes.Finally(route =>
        {
            if (route.RequestDelegate is not { } serve)
                return;
            route.RequestDelegate = context =>
            {
                context.Response.Headers.XContentTypeOptions = "nosniff";
                // The policy is set when the response starts, because the nonce is created while the page is written.
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers.ContentSecurityPolicy = Policy(
                        context.Items[ScalarOptions.NonceHttpContextItemKey] as string
                    );
                    return Task.CompletedTask;
                });
                return serve(context);
            };
        });
    }
}
