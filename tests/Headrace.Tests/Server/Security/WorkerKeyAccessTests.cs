using System.Net;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

/// <summary>Tests what a caller can do with the key of a local worker.</summary>
public sealed class WorkerKeyAccessTests
{
    private const ulong Incarnation = 7;

    [Theory]
    [InlineData(WireWorker.Protobuf)]
    [InlineData(WireWorker.Json)]
    public async Task A_worker_exchanges_and_reports_with_its_key(string format)
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = Worker(scene, "w1", KeyOf(scene, "w1"));
        worker.Format = format;
        var job = await scene.SubmitAfterJoinAsync(worker);

        var lease = Assert.Single((await worker.SendAsync(worker.Next(waitSeconds: 5))).Leases).Lease;
        await worker.SendAsync(worker.Report(WireWorker.Succeeded(lease, "done")));

        Assert.Equal((ulong)job.Value, lease.Job);
    }

    [Fact]
    public async Task Another_name_incarnation_or_pool_is_forbidden_and_changes_nothing()
    {
        await using var scene = await ServerScene.StartAsync();
        var key = KeyOf(scene, "w1");
        var otherName = Worker(scene, "w2", key);
        var otherIncarnation = new WireWorker(scene.SocketClient(key), "w1", Incarnation + 1) { Pool = "a" };
        var otherPool = Worker(scene, "w1", key);
        otherPool.Pool = "b";

        foreach (var worker in new[] { otherName, otherIncarnation, otherPool })
        {
            using var exchange = await worker.PostAsync(worker.Next());
            Assert.Equal(HttpStatusCode.Forbidden, exchange.StatusCode);
        }
        using var report = await otherName.PostAsync(otherName.Report());
        var detail = await report.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, report.StatusCode);
        Assert.Contains("The key belongs to worker 'w1'", detail);
        Assert.DoesNotContain("hrw_", detail);
        Assert.Empty(((Response.Workers)await scene.SendAsync(new Command.ListWorkers())).Items);
    }

    [Theory]
    [InlineData("GET", "/v1/jobs")]
    [InlineData("POST", "/v1/jobs")]
    [InlineData("GET", "/v1/workers")]
    [InlineData("GET", "/v1/pools")]
    [InlineData("GET", "/v1/workers/w1/log")]
    [InlineData("GET", "/v1/methods")]
    public async Task Every_route_but_the_exchange_is_forbidden(string method, string path)
    {
        await using var scene = await ServerScene.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await scene
            .Client(KeyOf(scene, "w1"))
            .SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task The_key_of_a_worker_stays_valid_when_its_server_restarts_and_not_on_another_server()
    {
        using var folder = new ThrowAwayFolder();
        string key;
        await using (var first = await SqliteAsync(folder))
        {
            key = KeyOf(first, "w1");
            var worker = Worker(first, "w1", key);
            await worker.SendAsync(worker.Next());
        }

        await using var second = await SqliteAsync(folder);
        var same = Worker(second, "w1", key);
        Assert.Equal("", (await same.SendAsync(same.Next())).Terminate);

        await using var other = await ServerScene.StartAsync();
        var stranger = Worker(other, "w1", key);
        using var refused = await stranger.PostAsync(stranger.Next());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task The_secret_is_not_a_key()
    {
        await using var scene = await ServerScene.StartAsync();
        var worker = Worker(scene, "w1", SecretOf(scene));

        using var response = await worker.PostAsync(worker.Next());

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static async Task<ServerScene> SqliteAsync(ThrowAwayFolder folder) =>
        new(
            await HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = folder.Path,
                    Port = 0,
                    Workers = 0,
                },
                new ServerDependencies { WritesRunningServer = false },
                TestContext.Current.CancellationToken
            )
        );

    private static WireWorker Worker(ServerScene scene, string name, string key) =>
        new(scene.SocketClient(key), name, Incarnation) { Pool = "a" };

    private static string KeyOf(ServerScene scene, string name) =>
        new WorkerKeys(() => SecretOf(scene), scene.Server.JobStore.Store.Id).Issue(
            "a",
            new LeaseHolder(new WorkerName(name), new Incarnation(Incarnation))
        );

    private static string SecretOf(ServerScene scene) =>
        JsonSerializer
            .Deserialize(
                scene.Server.Registry.Get(WorkerSecretDocument.Kind, WorkerSecretDocument.Id)!.Json.Span,
                SecurityJson.Default.WorkerSecretDocument
            )!
            .Secret;
}
