using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Protects browsers from content that was written by callers or methods and is returned from the address of this
/// server: a browser must not guess the type of such content or execute it.
/// </summary>
internal static class UntrustedContentHeaders
{
    public static void Apply(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
    }
}
