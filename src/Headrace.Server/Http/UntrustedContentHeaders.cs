using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Bytes that callers and methods wrote are served from our own address: a browser must neither guess their type nor
/// run what is in them.
/// </summary>
internal static class UntrustedContentHeaders
{
    public static void Apply(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
    }
}
