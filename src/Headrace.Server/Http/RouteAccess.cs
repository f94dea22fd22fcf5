using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>The access level of a route, in the metadata of its endpoint.</summary>
internal sealed record RouteAccess(AccessLevel Level)
{
    /// <summary>Returns the access level of an endpoint. A path without a route requires the admin role.</summary>
    public static AccessLevel Of(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<RouteAccess>()?.Level ?? AccessLevel.Admin;
}
