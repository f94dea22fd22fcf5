namespace Headrace.Server.Http;

/// <summary>
/// Routes that the contract defines but this version does not support. The reply reports them as unsupported rather
/// than as unknown paths. These routes are not mapped as endpoints, because the reply to a request with the wrong
/// method would then list their methods as supported.
/// </summary>
internal static class UnsupportedRoutes
{
    private static readonly (string Method, string[] Segments)[] All =
    [
        .. new[]
        {
            "POST /v1/arrays",
            "GET /v1/arrays/*/items",
            "POST /v1/flows",
            "POST /v1/payloads",
            "PUT /v1/payloads/*",
            "GET /v1/payloads/*",
            "POST /v1/workers/*:drain",
        }.Select(route =>
            (
                route[..route.IndexOf(' ', StringComparison.Ordinal)],
                route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('/')
            )
        ),
    ];

    public static bool Contains(string method, string path)
    {
        var segments = path.Split('/');
        return All.Any(route =>
            route.Method == method
            && route.Segments.Length == segments.Length
            && route.Segments.Zip(segments).All(pair => Matches(pair.First, pair.Second))
        );
    }

    private static bool Matches(string pattern, string segment) =>
        pattern.StartsWith('*')
            ? segment.Length > pattern.Length - 1 && segment.EndsWith(pattern[1..], StringComparison.Ordinal)
            : pattern == segment;
}
