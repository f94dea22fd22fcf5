using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Answers HEAD on every route that supports GET, as RFC 9110 requires, with the same headers. The web server remembers
/// that it received a HEAD request and does not send the body.
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

    /// <summary>Whether the client sent HEAD. Only routes with an endless reply need to check this.</summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(typeof(HeadMiddleware));
}
