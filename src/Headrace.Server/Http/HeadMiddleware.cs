using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Answers HEAD requests on every route that supports GET, with the same headers, as RFC 9110 requires. The web server
/// keeps track of HEAD requests and does not send the body.
/// </summary>
internal sealed class HeadMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Items[typeof(HeadMiddleware)] = true;
        }
        return next(context);
    }

    /// <summary>
    /// Returns whether the client sent a HEAD request. Only routes with endless replies need to check this.
    /// </summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(typeof(HeadMiddleware));
}
