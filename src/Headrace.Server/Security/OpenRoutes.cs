using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>What needs no key: what the contract calls open, and with a demo the routes of that seed system.</summary>
internal static class OpenRoutes
{
    public static bool Contains(PathString path, string? demo) => path.Value switch
    {
        "/" or "/healthz" or "/readyz" or "/openapi.json" => true,
        "/enqueue" or "/pullCompleted" => demo == "seed001",
        _ => path.StartsWithSegments("/problems"),
    };
}
