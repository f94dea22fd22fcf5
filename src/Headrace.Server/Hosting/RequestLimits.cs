using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Headrace.Server.Hosting;

/// <summary>
/// Limits the size and the duration of every request and connection, so that a slow or malicious client cannot hold
/// memory or a connection for long. docs/contract.md states the same values.
/// </summary>
internal static class RequestLimits
{
    /// <summary>
    /// Maximum length of the request line, which contains the path and the query. The longest request lines are those
    /// that submit a raw job, because the query contains its parameters.
    /// </summary>
    public const int RequestLineBytes = 8 << 10;

    /// <summary>
    /// Maximum total size of the request headers. A token from an identity provider can be up to 8 KB long, and a proxy
    /// adds more headers.
    /// </summary>
    public const int HeaderBytes = 32 << 10;

    public const int Headers = 100;

    /// <summary>Minimum rate in bytes per second at which a body must arrive and a reply must be read.</summary>
    public const int MinBytesPerSecond = 240;

    /// <summary>A client must send the complete request line and headers within this time.</summary>
    public static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A connection without a request is closed after this time. Clients and workers keep their idle connections for a
    /// shorter time, so that they do not send a request on a connection that is being closed.
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    /// <summary>How long the transfer of a body or reply may stay below the minimum rate.</summary>
    public static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    /// <summary>A client must complete the TLS handshake within this time.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestLineSize = RequestLineBytes;
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestHeaderCount = Headers;
        limits.RequestHeadersTimeout = HeadTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(MinBytesPerSecond, RateGrace);
        limits.MinResponseDataRate = new MinDataRate(MinBytesPerSecond, RateGrace);
    }
}
