using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// Protects browsers from content that callers and methods wrote and that this server returns from its own address: a
/// browser must not guess its type or execute it.
/// </summary>
internal static class UntrustedContentHeaders
{
    public static void Apply(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
    }
}
