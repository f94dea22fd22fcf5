using System.Net;
using System.Text.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Http.Describing;

public sealed class ApiDescriptionTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static readonly string[] Routes =
    [
        "delete /v1/bridges/{bridge}",
        "delete /v1/feeds/{feed}",
        "delete /v1/jobs/{id}",
        "delete /v1/keys/{name}",
        "delete /v1/session",
        "delete /v1/users/{name}",
        "delete /v1/webhooks/{webhook}",
        "get /",
        "get /healthz",
        "get /metrics",
        "get /problems",
        "get /problems/{name}",
        "get /readyz",
        "get /session",
        "get /v1/audit",
        "get /v1/bridges",
        "get /v1/bridges/{bridge}",
        "get /v1/events",
        "get /v1/failures",
        "get /v1/feeds",
        "get /v1/feeds/{feed}",
        "get /v1/jobs",
        "get /v1/jobs/{id}",
        "get /v1/jobs/{id}/attempts",
        "get /v1/jobs/{id}/input",
        "get /v1/jobs/{id}/log",
        "get /v1/jobs/{id}/result",
        "get /v1/jobs/{id}/why",
        "get /v1/keys",
        "get /v1/me",
        "get /v1/methods",
        "get /v1/methods/{method}",
        "get /v1/pools",
        "get /v1/pools/{pool}/why",
        "get /v1/queues",
        "get /v1/queues/{queue}",
        "get /v1/queues/{queue}/settings",
        "get /v1/results",
        "get /v1/session",
        "get /v1/store",
        "get /v1/sweeps",
        "get /v1/sweeps/{id}",
        "get /v1/users",
        "get /v1/webhooks",
        "get /v1/webhooks/{webhook}",
        "get /v1/workers",
        "get /v1/workers/{name}/log",
        "patch /v1/users/{name}",
        "post /v1/bridges/{bridge}:pause",
        "post /v1/bridges/{bridge}:resume",
        "post /v1/feeds/{feed}:ack",
        "post /v1/feeds/{feed}:pull",
        "post /v1/feeds/{feed}:release",
        "post /v1/feeds/{feed}:seek",
        "post /v1/jobs",
        "post /v1/jobs/{id}:delete",
        "post /v1/jobs/{id}:retry",
        "post /v1/jobs:batch",
        "post /v1/jobs:cancel",
        "post /v1/jobs:delete",
        "post /v1/jobs:move",
        "post /v1/jobs:prioritize",
        "post /v1/jobs:retry",
        "post /v1/keys",
        "post /v1/keys/{name}:rotate",
        "post /v1/login",
        "post /v1/login:refresh",
        "post /v1/logout",
        "post /v1/queues/{queue}/messages:ack",
        "post /v1/queues/{queue}/messages:pull",
        "post /v1/queues/{queue}/messages:release",
        "post /v1/queues/{queue}:drain",
        "post /v1/queues/{queue}:pause",
        "post /v1/queues/{queue}:purge",
        "post /v1/queues/{queue}:resume",
        "post /v1/session-links",
        "post /v1/sweeps/{id}:stop",
        "post /v1/users",
        "post /v1/webhooks/{webhook}:pause",
        "post /v1/webhooks/{webhook}:resume",
        "post /v1/webhooks/{webhook}:rotate",
        "post /v1/webhooks/{webhook}:test",
        "post /v1/workers/{name}/children",
        "post /v1/workers/{name}/exchange",
        "put /v1/bridges/{bridge}",
        "put /v1/feeds/{feed}",
        "put /v1/queues/{queue}/settings",
        "put /v1/users/{name}/password",
        "put /v1/webhooks/{webhook}",
    ];

    [Fact]
    public async Task The_description_needs_no_key_and_has_version_3_1()
    {
        using var keyless = scene.Server.Client(key: "");
        using var response = await keyless.GetAsync("/openapi.json", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith(
            "3.1.",
            (await DescriptionAsync()).GetProperty("openapi").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Every_route_is_described_with_text_parameters_and_replies()
    {
        var described = new List<string>();
        foreach (var path in (await DescriptionAsync()).GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                described.Add($"{operation.Name} {path.Name}");
                AssertDescribed(path.Name, operation.Value);
            }

        Assert.Equal(Routes, described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_routes_of_the_demo_system_are_described_where_they_are_served()
    {
        await using var demo = await ServerScene.StartAsync(options => options with { Demo = DemoSystems.Seed001 });
        using var keyless = demo.Client(key: "");
        var text = await keyless.GetStringAsync("/openapi.json", TestContext.Current.CancellationToken);
        var paths = JsonElement.Parse(text).GetProperty("paths");

        var (enqueue, pull) = (
            paths.GetProperty("/enqueue").GetProperty("put"),
            paths.GetProperty("/pullCompleted").GetProperty("post")
        );
        AssertDescribed("/enqueue", enqueue);
        AssertDescribed("/pullCompleted", pull);
        Assert.Equal("seed001Enqueue", enqueue.GetProperty("operationId").GetString());
        Assert.Equal("seed001Pull", pull.GetProperty("operationId").GetString());
        Assert.False((await DescriptionAsync()).GetProperty("paths").TryGetProperty("/enqueue", out _));
    }

    [Fact]
    public void Every_route_has_a_unique_name_a_summary_a_tag_an_access_level_and_typed_replies()
    {
        // Excludes the reference page, because its package maps several routes: the page and its script.
        var routes = scene.Server.Server.Routes.Where(route => !IsReference(route)).ToList();
        var names = routes.Select(route => route.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName).ToList();

        Assert.DoesNotContain(null, names);
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(Routes.Length + 1, names.Count);
        foreach (var route in routes)
        {
            var (path, metadata) = (route.RoutePattern.RawText, route.Metadata);
            Assert.True(metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary.Length > 5, path);
            Assert.True(metadata.GetMetadata<ITagsMetadata>()?.Tags.Count == 1, path);
            Assert.True(
                metadata.GetMetadata<IAllowAnonymous>() is not null
                    || Enum.TryParse<AccessLevel>(metadata.GetMetadata<IAuthorizeData>()?.Policy, out _),
                path
            );
            // The OpenAPI document is not an operation of the API that it describes.
            if (path != "/openapi.json")
                Assert.NotEmpty(metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>());
        }
    }

    [Fact]
    public async Task Operation_ids_are_unique_names_for_clients()
    {
        var names = (await DescriptionAsync())
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject())
            .Select(o => o.Value.GetProperty("operationId").GetString())
            .ToList();

        Assert.Equal(Routes.Length, names.Distinct().Count());
        Assert.Contains("submitJob", names);
        Assert.Contains("getQueue", names);
    }

    [Fact]
    public async Task A_number_is_described_as_a_number_only_and_with_its_limits()
    {
        var description = await DescriptionAsync();

        Assert.Equal(
            """{"maximum":30,"minimum":0,"type":"integer","default":0}""",
            Parameter(description, "/v1/jobs/{id}", "wait")
                .GetRawText()
                .Replace(" ", "", StringComparison.Ordinal)
                .Replace("\n", "", StringComparison.Ordinal)
        );
        var attempt = description
            .GetProperty("components")
            .GetProperty("schemas")
            .GetProperty("JobReply")
            .GetProperty("properties")
            .GetProperty("attempt");
        Assert.Equal("integer", attempt.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Both_forms_of_a_submission_are_described()
    {
        var content = (await DescriptionAsync())
            .GetProperty("paths")
            .GetProperty("/v1/jobs")
            .GetProperty("post")
            .GetProperty("requestBody")
            .GetProperty("content");

        Assert.Equal(
            "#/components/schemas/SubmitRequest",
            content.GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()
        );
        Assert.Equal(
            "binary",
            content.GetProperty("application/octet-stream").GetProperty("schema").GetProperty("format").GetString()
        );
    }

    [Fact]
    public async Task Routes_that_need_no_key_are_marked()
    {
        var paths = (await DescriptionAsync()).GetProperty("paths");

        Assert.False(paths.GetProperty("/").GetProperty("get").TryGetProperty("security", out _));
        Assert.Equal(
            """[{"key":[]}]""",
            string.Concat(
                paths
                    .GetProperty("/v1/jobs")
                    .GetProperty("post")
                    .GetProperty("security")
                    .GetRawText()
                    .Where(c => !char.IsWhiteSpace(c))
            )
        );
    }

    private static bool IsReference(RouteEndpoint route) =>
        route.RoutePattern.RawText!.TrimStart('/').StartsWith("docs/api", StringComparison.Ordinal);

    private static void AssertDescribed(string path, JsonElement operation)
    {
        Assert.True(operation.GetProperty("summary").GetString() is { Length: > 5 }, path);
        var parameters = operation.TryGetProperty("parameters", out var given) ? given.EnumerateArray().ToList() : [];
        foreach (var parameter in parameters)
            Assert.True(parameter.GetProperty("description").GetString() is { Length: > 3 }, $"{path} {parameter}");
        foreach (var part in path.Split('/').Where(p => p.StartsWith('{')))
            Assert.Contains(
                parameters,
                p =>
                    p.GetProperty("name").GetString() == part[1..part.IndexOf('}', StringComparison.Ordinal)]
                    && p.GetProperty("in").GetString() == "path"
            );
        var responses = operation.GetProperty("responses");
        // A redirect is a success as well.
        Assert.Contains(responses.EnumerateObject(), r => r.Name[0] is '2' or '3');
        foreach (var response in responses.EnumerateObject())
        {
            Assert.True(response.Value.GetProperty("description").GetString() is { Length: > 3 }, $"{path} {response}");
            Assert.True(response.Value.TryGetProperty("content", out var content), $"{path} {response}");
            if (response.Name[0] is '4' or '5')
                Assert.True(content.TryGetProperty("application/problem+json", out _), $"{path} {response}");
        }
    }

    private static JsonElement Parameter(JsonElement description, string path, string name) =>
        description
            .GetProperty("paths")
            .GetProperty(path)
            .GetProperty("get")
            .GetProperty("parameters")
            .EnumerateArray()
            .Single(p => p.GetProperty("name").GetString() == name)
            .GetProperty("schema");

    private async Task<JsonElement> DescriptionAsync()
    {
        using var response = await scene.GetAsync("/openapi.json");
        return JsonElement.Parse(await FrontScene.TextAsync(response));
    }
}
