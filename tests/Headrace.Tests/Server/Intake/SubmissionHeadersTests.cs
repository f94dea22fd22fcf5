using System.Net;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Tests.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Intake;

/// <summary>Tests the headers that affect a submission: Idempotency-Key, Prefer and Content-Digest.</summary>
public sealed class SubmissionHeadersTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task Two_different_keys_of_a_raw_submission_are_rejected_and_equal_keys_are_one_key()
    {
        using var different = await scene.PostAsync(
            "/v1/jobs?method=noop&idempotencyKey=raw-a",
            FrontScene.Bytes([1]),
            ("Idempotency-Key", "raw-b")
        );
        await FrontScene.AssertRefusedAsync(
            different,
            400,
            "bad-request",
            "The Idempotency-Key header is 'raw-b', but idempotencyKey is 'raw-a'. Use only one of them."
        );

        using var equal = await scene.PostAsync(
            "/v1/jobs?method=noop&idempotencyKey=raw-a",
            FrontScene.Bytes([1]),
            ("Idempotency-Key", "raw-a")
        );
        Assert.Null((await FrontScene.AcceptedAsync(equal)).Repeated);
    }

    [Fact]
    public async Task Two_key_headers_are_rejected()
    {
        var reply = await RawRequests.SendAsync(
            scene,
            $"POST /v1/jobs?method=noop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                + "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );

        Assert.Contains("The header Idempotency-Key is set 2 times. Set it once.", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wait=abc")]
    [InlineData("wait=-1")]
    [InlineData("wait")]
    public async Task A_preference_that_cannot_be_read_is_ignored(string preference)
    {
        using var response = await scene.PostAsync(
            "/v1/jobs?method=noop",
            FrontScene.Bytes([1]),
            ("Prefer", preference)
        );

        await FrontScene.AcceptedAsync(response);
        Assert.False(response.Headers.Contains("Preference-Applied"));
    }

    [Fact]
    public async Task A_wait_beyond_the_maximum_is_shortened_and_the_reply_says_so()
    {
        var worker = await scene.JoinAsync("waited-long");
        var submission = scene.PostAsync("/v1/jobs?method=waited-long", FrontScene.Bytes([1]), ("Prefer", "wait=600"));
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        using var response = await Eventually.EndsAsync("the reply", submission);
        Assert.Equal("wait=30", response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal(
            "succeeded",
            (await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply)).State
        );
    }

    [Fact]
    public async Task After_a_wait_the_reply_has_the_current_state_of_the_job()
    {
        var worker = await scene.JoinAsync("waited-short");
        var claim = worker.ClaimAsync();

        using var response = await scene.PostAsync(
            "/v1/jobs?method=waited-short",
            FrontScene.Bytes([1]),
            ("Prefer", "wait=5")
        );

        await claim;
        Assert.Equal("running", (await FrontScene.AcceptedAsync(response)).State);
    }

    [Theory]
    [InlineData("junk")]
    [InlineData("")]
    [InlineData("md5=:AAAA:")]
    [InlineData("sha-256")]
    [InlineData("sha-256=AAAA")]
    [InlineData("sha-256=:AAAA:")]
    [InlineData("sha-256=:AAAA")]
    public async Task A_digest_that_does_not_match_or_cannot_be_checked_is_rejected(string digest)
    {
        using var response = await scene.PostAsync(
            "/v1/jobs?method=noop&queue=undigested",
            FrontScene.Bytes([1]),
            ("Content-Digest", digest)
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var queue = await scene.GetAsync("/v1/queues/undigested");
        Assert.Equal(HttpStatusCode.NotFound, queue.StatusCode);
    }

    [Fact]
    public async Task An_unknown_digest_beside_one_that_matches_is_accepted()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs?method=noop",
            FrontScene.Bytes([1]),
            ("Content-Digest", $"md5=:AAAA:, {ContentDigest.Of([1])}")
        );

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }
}
