using System.Globalization;
using System.Text.RegularExpressions;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Tests.Server.Accounts;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Http;

/// <summary>
/// Tests every open route, including those that are added later: without a key, no reply names a path of this machine
/// or a process.
/// </summary>
public sealed partial class KeylessPagesTests(AuthorizationMatrixTests.DemoScene scene)
    : IClassFixture<AuthorizationMatrixTests.DemoScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_open_route_names_a_path_or_a_process()
    {
        // A worker has such a name by default.
        var worker = scene.Server.Worker($"host-{Environment.ProcessId}-local-1");
        await worker.SendAsync(worker.Next());
        using var keyless = scene.Server.Client(key: "");
        var routes = scene
            .Server.Server.Routes.Where(route =>
                route.Metadata.GetMetadata<RouteDescription>() is { Access: AccessLevel.Public }
            )
            .ToList();
        Assert.InRange(routes.Count, 15, int.MaxValue);

        foreach (var route in routes)
            foreach (var request in Requests(route))
            {
                using var _ = request;
                using var response = await keyless.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
                var text = $"{response.Headers} {await response.Content.ReadAsStringAsync(Stop)}";
                foreach (var secret in Secrets())
                    Assert.False(
                        Regex.IsMatch(text, $"(?<![0-9]){Regex.Escape(secret)}(?![0-9])"),
                        $"{request.Method} {request.RequestUri} tells {secret}: {(int)response.StatusCode} {text}"
                    );
            }
    }

    private string[] Secrets() =>
        [
            scene.Server.Server.Ready.Data,
            scene.Server.Server.Ready.Socket,
            AppContext.BaseDirectory,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 1 } home ? home : "/home/",
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ];

    /// <summary>Returns a plain request, and some that the route rejects.</summary>
    private static IEnumerable<HttpRequestMessage> Requests(RouteEndpoint route)
    {
        var description = route.Metadata.GetMetadata<RouteDescription>()!;
        var method = new HttpMethod(route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
        var path = Parameter().Replace(route.RoutePattern.RawText!, "1");
        // A test job, whose worker does not exist here, would be waited for.
        string[] queries = path == "/problem/test" ? ["?a=x"] : ["", "?nonsense=1", "?iterations=x", "?top=0"];
        foreach (var query in queries)
            yield return new HttpRequestMessage(method, path + query)
            {
                Content = description.Bodies.Count > 0 ? FrontScene.Json("{\"a\":") : null,
            };
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
