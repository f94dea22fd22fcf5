using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Compat;

public sealed partial class Seed001Tests(Seed001Tests.DemoScene scene) : IClassFixture<Seed001Tests.DemoScene>
{
    private const int Least = 16 * 1024;
    private const int Most = 256 * 1024;

    [Theory]
    [InlineData(Least)]
    [InlineData(Most)]
    public async Task Work_is_accepted_without_a_key_and_answered_with_its_id(int bytes)
    {
        using var keyless = scene.Server.Client(key: "");
        using var response = await keyless.PutAsync(
            "/enqueue?iterations=1000",
            FrontScene.Bytes(new byte[bytes]),
            TestContext.Current.CancellationToken
        );

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var id = WorkId().Match(text);
        Assert.True(id.Success, text);
        var job = await scene.GetJobAsync(id.Groups[1].Value);
        Assert.Equal(
            ("sha512", "{\"iterations\":1000}", (long)bytes, "anonymous"),
            (job.Method, job.Params?.GetRawText(), job.InputBytes, job.Owner)
        );
    }

    [Fact]
    public async Task The_body_is_passed_to_the_method_unchanged_regardless_of_its_content_type()
    {
        var body = new byte[Least];
        for (var i = 0; i < body.Length; i++)
            body[i] = (byte)i;

        using var response = await scene.SendAsync(
            HttpMethod.Put,
            "/enqueue?iterations=1",
            FrontScene.Bytes(body, "application/x-www-form-urlencoded")
        );

        using var input = await scene.GetAsync(
            $"/v1/jobs/{WorkId().Match(await FrontScene.TextAsync(response)).Groups[1].Value}/input"
        );
        Assert.Equal(body, await input.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Least - 1, 400, "bad-request", "The body is 16383 bytes. Send 16384 to 262144 bytes (16 to 256 KB).")]
    [InlineData(0, 400, "bad-request", "The body is 0 bytes. Send 16384 to 262144 bytes (16 to 256 KB).")]
    [InlineData(
        Most + 1,
        413,
        "too-large",
        "The body is 262145 bytes; the limit is 262144 bytes. Send 16384 to 262144 bytes (16 to 256 KB)."
    )]
    public async Task A_body_outside_the_size_limits_is_rejected_with_the_limits(
        int bytes,
        int status,
        string kind,
        string detail
    )
    {
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            "/enqueue?iterations=1",
            FrontScene.Bytes(new byte[bytes])
        );

        await FrontScene.AssertRefusedAsync(response, status, kind, detail);
    }

    [Theory]
    [InlineData(
        "",
        "The query parameter 'iterations' is missing. Set it to the number of hash iterations, for example "
            + "/enqueue?iterations=1000."
    )]
    [InlineData(
        "?iterations=",
        "The query parameter 'iterations' is missing. Set it to the number of hash iterations, for example "
            + "/enqueue?iterations=1000."
    )]
    [InlineData("?iterations=0", "iterations=0 is not valid. Use a whole number of 1 or more.")]
    [InlineData("?iterations=-5", "iterations=-5 is not valid. Use a whole number of 1 or more.")]
    [InlineData("?iterations=five", "iterations=five is not valid. Use a whole number of 1 or more.")]
    [InlineData("?iterations=1.5", "iterations=1.5 is not valid. Use a whole number of 1 or more.")]
    [InlineData(
        "?iterations=99999999999999999999",
        "iterations=99999999999999999999 is not valid. Use a whole number of 1 or more."
    )]
    [InlineData("?iterations=1&iterations=2", "The query parameter 'iterations' is set 2 times. Set it once.")]
    [InlineData("?iterations=1&top=2", "Unknown query parameter 'top'. Valid parameters: iterations.")]
    public async Task Invalid_iterations_are_rejected(string query, string detail)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            $"/enqueue{query}",
            FrontScene.Bytes(new byte[Least])
        );

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task Params_that_the_method_does_not_accept_are_rejected_by_its_schema()
    {
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            "/enqueue?iterations=1000001",
            FrontScene.Bytes(new byte[Least])
        );

        await FrontScene.AssertRefusedAsync(
            response,
            422,
            "invalid-params",
            "The params do not match the schema of sha512: $.iterations is 1000001; it must be at most 1000000."
        );
    }

    [Fact]
    public async Task A_pull_returns_the_latest_completed_items_once_and_their_results_remain_readable()
    {
        var worker = await scene.JoinAsync("sha512", FrontScene.Sha512Schema);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add(await EnqueueAsync(1));
        // When the worker joined, it received the jobs that other tests had enqueued.
        var leases = (await worker.ExchangeAsync(waitSeconds: 5)).Leases.ToDictionary(lease => $"{lease.Job}");
        var ended = ids.ToDictionary(id => id, id => $"digest of {id}");
        foreach (var id in ids)
            await worker.SucceedAsync(leases[id], ended[id]);

        var latest = await PullAsync("?top=2");
        var rest = await PullAsync("?top=2");
        var nothing = await PullAsync("?top=2");

        Assert.Equal(string.Join('\n', ids[1..].Select(id => $"work_id: {id}, value: {ended[id]}")), latest);
        Assert.Equal($"work_id: {ids[0]}, value: {ended[ids[0]]}", rest);
        Assert.Equal("There are no completed work items right now...", nothing);
        using var result = await scene.GetAsync($"/v1/jobs/{ids[0]}/result");
        Assert.Equal(ended[ids[0]], await FrontScene.TextAsync(result));
    }

    [Theory]
    [InlineData(
        "",
        "The query parameter 'top' is missing. Set it to the maximum number of results, for example "
            + "/pullCompleted?top=10."
    )]
    [InlineData("?top=", "top= is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("?top=0", "top=0 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("?top=-1", "top=-1 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("?top=many", "top=many is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("?top=1001", "top=1001 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("?top=1&iterations=2", "Unknown query parameter 'iterations'. Valid parameters: top.")]
    public async Task An_invalid_top_is_rejected(string query, string detail)
    {
        using var response = await scene.SendAsync(HttpMethod.Post, $"/pullCompleted{query}");

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1023, -9)]
    [InlineData(1024, -10)]
    public async Task Smaller_items_have_higher_priority_in_classes_of_doubling_size(int iterations, int priority) =>
        Assert.Equal(
            ("seed001", priority),
            await scene.GetJobAsync(await EnqueueAsync(iterations)) is var job ? (job.Queue, job.Priority) : default
        );

    private async Task<string> EnqueueAsync(int iterations)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            $"/enqueue?iterations={iterations}",
            FrontScene.Bytes(new byte[Least])
        );
        return WorkId().Match(await FrontScene.TextAsync(response)).Groups[1].Value;
    }

    private async Task<string> PullAsync(string query)
    {
        using var response = await scene.SendAsync(HttpMethod.Post, $"/pullCompleted{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await FrontScene.TextAsync(response);
    }

    [Fact]
    public async Task Without_the_demo_the_routes_do_not_exist()
    {
        var plain = new FrontScene();
        await plain.InitializeAsync();
        await using var stop = plain;

        using var response = await plain.SendAsync(
            HttpMethod.Put,
            "/enqueue?iterations=1",
            FrontScene.Bytes(new byte[Least])
        );

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no route '/enqueue'. GET /openapi.json lists every route."
        );
    }

    [Fact]
    public async Task Both_routes_are_described_only_where_they_exist()
    {
        var plain = new FrontScene();
        await plain.InitializeAsync();
        await using var stop = plain;

        var described = JsonElement.Parse(await ReadAsync(scene)).GetProperty("paths");
        var absent = JsonElement.Parse(await ReadAsync(plain)).GetProperty("paths");

        var enqueue = described.GetProperty("/enqueue").GetProperty("put");
        var pull = described.GetProperty("/pullCompleted").GetProperty("post");
        Assert.Equal(
            [("iterations", true), ("Content-Digest", false)],
            enqueue
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(p =>
                    (p.GetProperty("name").GetString(), p.TryGetProperty("required", out var r) && r.GetBoolean())
                )
        );
        Assert.Equal(
            "top",
            Assert.Single(pull.GetProperty("parameters").EnumerateArray()).GetProperty("name").GetString()
        );
        foreach (var operation in (JsonElement[])[enqueue, pull])
            Assert.True(
                operation
                    .GetProperty("responses")
                    .GetProperty("200")
                    .GetProperty("content")
                    .TryGetProperty("text/plain", out _)
            );
        Assert.False(absent.TryGetProperty("/enqueue", out _));
        Assert.False(absent.TryGetProperty("/pullCompleted", out _));

        static async Task<string> ReadAsync(FrontScene server)
        {
            using var response = await server.GetAsync("/openapi.json");
            return await FrontScene.TextAsync(response);
        }
    }

    [GeneratedRegex("^work id: ([0-9]+)$")]
    private static partial Regex WorkId();

    public sealed class DemoScene : FrontScene
    {
        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                Demo = DemoSystems.Seed001,
                SmallFirst = new Dictionary<string, string> { ["seed001"] = "iterations" },
            };
    }
}
