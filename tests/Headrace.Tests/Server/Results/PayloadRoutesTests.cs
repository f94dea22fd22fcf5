using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class PayloadRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static int _methods;

    private static readonly byte[] Ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Fact]
    public async Task A_result_is_returned_with_its_content_type_and_an_ETag()
    {
        var id = await EndedAsync(Ten, "image/png");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Ten, await BytesAsync(response));
        Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("bytes", Assert.Single(response.Headers.AcceptRanges));
        Assert.NotNull(response.Headers.ETag);
    }

    [Fact]
    public async Task Browsers_are_told_not_to_sniff_or_execute_a_result()
    {
        var id = await EndedAsync("<script>alert(1)</script>"u8.ToArray(), "text/html");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result");

        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal(
            "default-src 'none'; sandbox",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy"))
        );
    }

    [Fact]
    public async Task A_request_with_a_current_ETag_is_answered_without_the_content()
    {
        var id = await EndedAsync(Ten, "image/png");
        using var first = await scene.GetAsync($"/v1/jobs/{id}/result");

        using var again = await scene.GetAsync(
            $"/v1/jobs/{id}/result",
            ("If-None-Match", first.Headers.ETag!.ToString())
        );

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Empty(await BytesAsync(again));
    }

    [Fact]
    public async Task Different_results_have_different_ETags()
    {
        using var one = await scene.GetAsync($"/v1/jobs/{await EndedAsync(Ten, "image/png")}/result");
        using var other = await scene.GetAsync($"/v1/jobs/{await EndedAsync(Ten, "image/png")}/result");

        Assert.NotEqual(one.Headers.ETag, other.Headers.ETag);
    }

    [Theory]
    [InlineData("bytes=2-4", 2, 3)]
    [InlineData("bytes=7-", 7, 3)]
    [InlineData("bytes=-1", 9, 1)]
    public async Task A_range_request_returns_part_of_the_content(string range, int from, int count)
    {
        var id = await EndedAsync(Ten, "image/png");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result", ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(Ten.AsSpan(from, count).ToArray(), await BytesAsync(response));
    }

    [Fact]
    public async Task A_range_outside_the_content_is_rejected()
    {
        var id = await EndedAsync(Ten, "image/png");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result", ("Range", "bytes=10-20"));

        await FrontScene.AssertRefusedAsync(
            response,
            416,
            "bad-range",
            "The range 'bytes=10-20' is outside the content."
        );
        Assert.Equal(10, response.Content.Headers.ContentRange?.Length);
    }

    [Fact]
    public async Task An_empty_result_is_returned_as_200_with_no_content()
    {
        var id = await EndedAsync([], "text/plain");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await BytesAsync(response));
    }

    [Fact]
    public async Task A_result_that_does_not_exist_yet_returns_202_with_the_job()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result");

        Assert.Equal(
            "ready",
            (await FrontScene.ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.JobReply)).State
        );
    }

    [Fact]
    public async Task A_request_can_wait_for_the_result()
    {
        var worker = await scene.JoinAsync("awaited");
        var id = await scene.SubmitAsync("""{"method":"awaited"}""");
        var asking = scene.GetAsync($"/v1/jobs/{id}/result?wait=20");
        await worker.SucceedAsync(await worker.ClaimAsync(), Ten, "image/png");

        using var response = await Eventually.EndsAsync("the result", asking);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Ten, await BytesAsync(response));
    }

    [Fact]
    public async Task For_a_job_that_ended_without_a_result_the_reply_says_how_it_ended()
    {
        var worker = await scene.JoinAsync("resultless");
        var id = await scene.SubmitAsync("""{"method":"resultless"}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/result?wait=20");

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "no-result",
            $"Job {id} has no result. It failed (error) after attempt 1: no luck"
        );
    }

    [Fact]
    public async Task A_body_is_returned_unchanged()
    {
        using var submitted = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs?method=noop",
            FrontScene.Bytes(Ten, "text/csv")
        );
        var id = (
            await FrontScene.ReadAsync(submitted, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply)
        ).Id;

        using var response = await scene.GetAsync($"/v1/jobs/{id}/input", ("Range", "bytes=0-2"));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("text/csv", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(Ten[..3], await BytesAsync(response));
    }

    [Fact]
    public async Task A_job_without_a_body_has_an_empty_input()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        using var response = await scene.GetAsync($"/v1/jobs/{id}/input");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await BytesAsync(response));
    }

    [Fact]
    public async Task Attempts_and_logs_are_listed_in_order()
    {
        var worker = await scene.JoinAsync("twice");
        var id = await scene.SubmitAsync("""{"method":"twice","retries":1}""");
        var first = await worker.ClaimAsync();
        await worker.LogAsync(first, "starting\nhalf a line");
        await worker.FailAsync(first, "no luck", retryable: true);
        var second = await worker.ClaimAsync();
        await worker.LogAsync(second, "again\n");
        await worker.FailAsync(second, "none at all");

        using var attempts = await scene.GetAsync($"/v1/jobs/{id}/attempts");
        using var log = await scene.GetAsync($"/v1/jobs/{id}/log");
        using var one = await scene.GetAsync($"/v1/jobs/{id}/log?attempt=1");

        var told = await FrontScene.ReadAsync(
            attempts,
            HttpStatusCode.OK,
            HeadraceJson.Default.IReadOnlyListAttemptReply
        );
        Assert.Equal(
            [(1, "failed", "no luck"), (2, "failed", "none at all")],
            told.Select(a => (a.Attempt, a.Outcome, a.Error!.Message))
        );
        Assert.Equal("# attempt 1\nstarting\nhalf a line\n# attempt 2\nagain\n", await FrontScene.TextAsync(log));
        Assert.Equal("text/plain; charset=utf-8", log.Content.Headers.ContentType?.ToString());
        Assert.Equal("starting\nhalf a line", await FrontScene.TextAsync(one));
    }

    [Fact]
    public async Task A_job_that_never_ran_has_no_attempts_and_an_empty_log()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        using var attempts = await scene.GetAsync($"/v1/jobs/{id}/attempts");
        using var log = await scene.GetAsync($"/v1/jobs/{id}/log");

        Assert.Empty(
            await FrontScene.ReadAsync(attempts, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListAttemptReply)
        );
        Assert.Equal("", await FrontScene.TextAsync(log));
    }

    private async Task<string> EndedAsync(byte[] result, string type)
    {
        var method = $"payload{Interlocked.Increment(ref _methods)}";
        var worker = await scene.JoinAsync(method);
        var id = await scene.SubmitAsync($"{{\"method\":\"{method}\"}}");
        await worker.SucceedAsync(await worker.ClaimAsync(), result, type);
        return id;
    }

    private static Task<byte[]> BytesAsync(HttpResponseMessage response) =>
        response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
}
