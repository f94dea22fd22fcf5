using Microsoft.AspNetCore.Http.Metadata;

namespace Headrace.Server.Http;

/// <summary>
/// The maximum size of a request body on a route. Routes without this metadata use <see cref="Default"/>. Null means no
/// limit.
/// </summary>
internal sealed class BodyLimit(long? bytes) : IRequestSizeLimitMetadata
{
    /// <summary>
    /// The default limit, large enough for a job body or a line of a batch, including the overhead of the format.
    /// </summary>
    public const long Default = 2 << 20;

    public long? MaxRequestBodySize { get; } = bytes;
}
