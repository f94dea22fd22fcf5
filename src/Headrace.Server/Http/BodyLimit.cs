using Microsoft.AspNetCore.Http.Metadata;

namespace Headrace.Server.Http;

/// <summary>
/// How long the body of a request to this route may be; routes without it take <see cref="Default"/>. Null for no
/// limit.
/// </summary>
internal sealed class BodyLimit(long? bytes) : IRequestSizeLimitMetadata
{
    /// <summary>A job's body or a batch line, with what is around it.</summary>
    public const long Default = 2 << 20;

    public long? MaxRequestBodySize { get; } = bytes;
}
