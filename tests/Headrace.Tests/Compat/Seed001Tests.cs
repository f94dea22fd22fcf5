using System.Net;
using System.Text.RegularExpressions;
using Headrace.Server.Hosting;
using Headrace.Tests.Intake;
using Xunit;

namespace Headrace.Tests.Compat;

public sealed partial class Seed001Tests(Seed001Tests.DemoScene scene) : IClassFixture<Seed001Tests.DemoScene>
{
    private const int Least = 16 * 1024;
    private const int Most = 256 * 1024;

    [Theory]
    [InlineData(Least)]
    [InlineData(Most)]
    public async Task Work_is_taken_without_a_key_and_answered_with_its_number(int bytes)
    {
        using var keyless = scene.Server.Client(key: "");
        using var response = await keyless.PutAsync("/enqueue?iterations=1000", FrontScene.Bytes(new byte[bytes]), TestContext.Current.CancellationToken);

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        var id = WorkId().Match(text);
        Assert.True(id.Success, text);
        var job = await scene.JobAsync(id.Groups[1].Value);
        Assert.Equal(("sha512", "{\"iterations\":1000}", (long)bytes, "anonymous"), (job.Method, job.Params?.GetRawText(), job.InputBytes, job.Owner));
    }

    [Fact]
    public async Task The_body_reaches_the_method_as_it_came_whatever_type_it_claims()
    {
        var body = new byte[Least];
        for (var i = 0; i < body.Length; i++) body[i] = (byte)i;

        using var response = await scene.SendAsync(HttpMethod.Put, "/enqueue?iterations=1", FrontScene.Bytes(body, "application/x-www-form-urlencoded"));

        using var input = await scene.GetAsync($"/v1/jobs/{WorkId().Match(await FrontScene.TextAsync(response)).Groups[1].Value}/input");
        Assert.Equal(body, await input.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Least - 1, 400, "bad-request", "The body has 16383 bytes. Send 16384 to 262144 bytes (16 to 256 KB).")]
    [InlineData(0, 400, "bad-request", "The body has 0 bytes. Send 16384 to 262144 bytes (16 to 256 KB).")]
    [InlineData(Most + 1, 413, "too-large", "The body has 262145 bytes; the limit is 262144. Send 16384 to 262144 bytes (16 to 256 KB).")]
    public async Task A_body_of_another_size_is_refused_with_the_bounds(int bytes, int status, string kind, string detail)
    {
        using var response = await scene.SendAsync(HttpMethod.Put, "/enqueue?iterations=1", FrontScene.Bytes(new byte[bytes]));

        await FrontScene.AssertRefusedAsync(response, status, kind, detail);
    }

    [Theory]
    [InlineData("", "The query member 'iterations' is missing: how many times to hash, as in /enqueue?iterations=1000.")]
    [InlineData("?iterations=", "The query member 'iterations' is missing: how many times to hash, as in /enqueue?iterations=1000.")]
    [InlineData("?iterations=0", "iterations=0 is not a whole number of 1 or more.")]
    [InlineData("?iterations=-5", "iterations=-5 is not a whole number of 1 or more.")]
    [InlineData("?iterations=five", "iterations=five is not a whole number of 1 or more.")]
    [InlineData("?iterations=1.5", "iterations=1.5 is not a whole number of 1 or more.")]
    [InlineData("?iterations=99999999999999999999", "iterations=99999999999999999999 is not a whole number of 1 or more.")]
    [InlineData("?iterations=1&iterations=2", "The query member 'iterations' is given 2 times. Give it once.")]
    [InlineData("?iterations=1&top=2", "The query member 'top' is not known here. There are: iterations.")]
    public async Task Iterations_that_cannot_be_are_refused(string query, string detail)
    {
        using var response = await scene.SendAsync(HttpMethod.Put, $"/enqueue{query}", FrontScene.Bytes(new byte[Least]));

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task What_the_method_does_not_take_is_refused_by_its_schema()
    {
        using var response = await scene.SendAsync(HttpMethod.Put, "/enqueue?iterations=1000001", FrontScene.Bytes(new byte[Least]));

        await FrontScene.AssertRefusedAsync(response, 422, "invalid-params", "The params do not fit sha512: $.iterations is 1000001; it must be at most 1000000.");
    }

    [Fact]
    public async Task Without_the_demo_there_is_no_such_route()
    {
        var plain = new FrontScene();
        await plain.InitializeAsync();
        await using var stop = plain;

        using var response = await plain.SendAsync(HttpMethod.Put, "/enqueue?iterations=1", FrontScene.Bytes(new byte[Least]));

        await FrontScene.AssertRefusedAsync(response, 404, "not-found", "There is no route '/enqueue'. GET /openapi.json lists every route.");
    }

    [GeneratedRegex("^work id: ([0-9]+)$")]
    private static partial Regex WorkId();

    public sealed class DemoScene : FrontScene
    {
        private protected override ServerOptions Options(ServerOptions options) => options with { Demo = "seed001" };
    }
}
