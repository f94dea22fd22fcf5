using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Protects the server from web pages. A browser on this machine can reach the server, and some routes require no key.
/// A page that rebinds the name of its own host to 127.0.0.1 sends that name as the Host, and a page on another host
/// that posts a form sends its own address as the Origin. Both are rejected on every route, before the key is checked.
/// </summary>
/// <remarks>No browser can connect to a Unix socket, so clients of the socket may send any Host header.</remarks>
internal sealed class HostCheckMiddleware(RequestDelegate next, HostNames names)
{
    public Task InvokeAsync(HttpContext context) =>
        Rejected(context) is { } problem ? problem.ExecuteAsync(context) : next(context);

    private Problem? Rejected(HttpContext context)
    {
        var request = context.Request;
        // A request without a Host header is allowed. It can only be an HTTP/1.0 request, and browsers always send the
        // header.
        if (
            context.Connection.RemoteIpAddress is not null
            && request.Host.HasValue
            && !names.Contains(request.Host.Host)
        )
            return new Problem(
                ProblemKinds.MisdirectedRequest,
                $"The Host header is '{QuotedText.Clip(request.Host.Value)}'. {ProblemKinds.MisdirectedRequest.Remedy}"
            );
        if (request.Headers.Origin.Count > 0 && !IsSame(request.Headers.Origin.ToString(), request.Host))
            return new Problem(
                ProblemKinds.ForeignOrigin,
                $"The Origin is '{QuotedText.Clip(request.Headers.Origin.ToString())}', but the Host is "
                    + $"'{QuotedText.Clip(request.Host.Value ?? "")}'. {ProblemKinds.ForeignOrigin.Remedy}"
            );
        return null;
    }

    /// <summary>
    /// Returns whether the origin is this server: the same host, or another name of this machine with the same port. A
    /// proxy may add TLS, so the scheme does not matter.
    /// </summary>
    private static bool IsSame(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && (
            page.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase)
            || (HostNames.IsLoopback(page.Host) && HostNames.IsLoopback(host.Host) && page.Port == (host.Port ?? 80))
        );
}
