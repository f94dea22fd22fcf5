using Headrace.Server.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Intake;

/// <summary>Routes that the contract names and this version does not build: they say so, instead of looking like a misspelt address.</summary>
internal static class UnbuiltRoutes
{
    private static readonly (string Method, string Pattern)[] All =
    [
        ("POST", "/v1/jobs:retry"), ("POST", "/v1/jobs:cancel"), ("POST", "/v1/jobs/{id}:retry"),
        ("POST", "/v1/arrays"), ("GET", "/v1/arrays/{id}/items"), ("POST", "/v1/flows"),
        ("PUT", "/v1/queues/{queue}"), ("POST", "/v1/queues/{queue}:pause"), ("POST", "/v1/queues/{queue}:resume"), ("POST", "/v1/queues/{queue}:drain"), ("POST", "/v1/queues/{queue}:purge"),
        ("PUT", "/v1/feeds/{feed}"), ("GET", "/v1/feeds/{feed}"), ("DELETE", "/v1/feeds/{feed}"), ("POST", "/v1/feeds/{feed}:pull"), ("POST", "/v1/feeds/{feed}:ack"), ("POST", "/v1/feeds/{feed}:seek"),
        ("POST", "/v1/payloads"), ("PUT", "/v1/payloads/{id}"), ("GET", "/v1/payloads/{id}"),
        ("POST", "/v1/workers/{name}:drain"), ("GET", "/v1/events"), ("GET", "/metrics"),
    ];

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var (method, pattern) in All)
            app.MapMethods(pattern, [method], (HttpContext context) => Problem.NotFound($"{method} {context.Request.Path} is part of the contract and not built yet.")).ExcludeFromDescription();
    }
}
