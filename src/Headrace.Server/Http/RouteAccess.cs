using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>The access level of a route, stored in the metadata of its endpoint.</summary>
internal sealed record RouteAccess(AccessLevel Level)
{
    /// <summary>
    /// Returns the access level of an endpoint. A path without a route requires the level
    /// <see cref="AccessLevel.Admin"/>.
    /// </summary>
    public static AccessLevel Of(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<RouteAccess>()?.Level ?? AccessLevel.Admin;
}
