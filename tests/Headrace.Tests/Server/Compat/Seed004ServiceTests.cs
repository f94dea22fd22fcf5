using System.Net;
using System.Text.Json;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>Tests the routes of seed system 004 that do not measure anything.</summary>
public sealed class Seed004ServiceTests(Seed004Scene scene) : IClassFixture<Seed004Scene>
{
    [Fact]
    public async Task An_upload_of_code_is_rejected_with_the_command_that_installs_it()
    {
        using var response = await scene.PostAsync("/problems/upload", FrontScene.Bytes([1], "application/zip"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(
            "headrace methods install FOLDER",
            await FrontScene.TextAsync(response),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_worker_computes_the_test()
    {
        var worker = await scene.JoinAsync("benchop-test");
        var answering = scene.GetAsync("/problem/test?a=2&b=-3&c=4");
        var job = await worker.ClaimAsync();
        await worker.SucceedAsync(job, "-4", "application/json");

        using var response = await answering;
        using var invalid = await scene.GetAsync("/problem/test?a=2&b=1.5&c=4");

        Assert.Equal("{\"result\":-4}", await FrontScene.TextAsync(response));
        Assert.Equal("{\"a\":2,\"b\":-3,\"c\":4}", (await scene.GetJobAsync(job.Job.ToString())).Params?.GetRawText());
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
    }

    [Fact]
    public async Task The_workers_their_methods_and_the_version_are_listed_without_a_key()
    {
        using var keyless = scene.Server.Client(key: "");
        async Task<JsonElement> ReadAsync(string path) =>
            JsonElement.Parse(await keyless.GetStringAsync(path, TestContext.Current.CancellationToken));

        var workers = await ReadAsync("/workers");
        var methods = await ReadAsync("/workers/methods");
        var version = await ReadAsync("/version");

        var names = Seed004Scene.Names(workers);
        Assert.Equal(Enumerable.Range(1, names.Count).Select(i => $"worker-{i}"), names);
        Assert.Contains(
            Seed004Scene.Names(
                JsonElement.Parse(
                    await scene.Http.GetStringAsync("/workers", TestContext.Current.CancellationToken)
                )
            ),
            name => name.EndsWith("benchop.cos", StringComparison.Ordinal)
        );
        Assert.Equal(["COS", "closed"], Seed004Scene.Texts(methods, "methods"));
        Assert.StartsWith(".NET ", version.GetProperty("runtime").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_routes_are_described_in_the_OpenAPI_document()
    {
        using var response = await scene.GetAsync("/openapi.json");
        var paths = JsonElement.Parse(await FrontScene.TextAsync(response)).GetProperty("paths");

        string[] routes =
        [
            .. from path in paths.EnumerateObject()
            where !path.Name.StartsWith("/v1/", StringComparison.Ordinal)
            from operation in path.Value.EnumerateObject()
            where operation.Value.GetProperty("tags")[0].GetString() == "compat"
            select $"{operation.Name} {path.Name}",
        ];
        Assert.Equal(
            [
                "delete /queue",
                "get /benchop/api/rank/allprobs",
                "get /problem/all",
                "get /problem/test",
                "get /problem/{name}",
                "get /queue",
                "get /version",
                "get /workers",
                "get /workers/methods",
                "post /benchop/api/prob/rank/{name}",
                "post /problems/upload",
            ],
            routes.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["name", "S", "K", "T", "r", "sig", "run", "Prefer"],
            paths
                .GetProperty("/problem/{name}")
                .GetProperty("get")
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(parameter => parameter.GetProperty("name").GetString())
        );
    }

    [Fact]
    public async Task Without_pricing_methods_a_measurement_is_unavailable_and_without_the_demo_not_found()
    {
        await using var empty = await ServerScene.StartAsync(options =>
            options with
            {
                Demo = DemoSystems.Seed001 | DemoSystems.Seed004,
            }
        );
        await using var plain = await ServerScene.StartAsync(options => options);

        using var unavailable = await empty.Client().GetAsync("/problem/all", TestContext.Current.CancellationToken);
        using var unknown = await plain.Client().GetAsync("/problem/all", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }
}
