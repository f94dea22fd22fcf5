using System.Net;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class SubmitRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task The_reply_to_a_submission_contains_the_id_state_and_address_of_the_job()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"sha512","params":{"iterations":5},"body":"abc","queue":"eu","priority":3}""")
        );

        var reply = await FrontScene.AcceptedAsync(response);
        Assert.Equal("ready", reply.State);
        Assert.Equal($"/v1/jobs/{reply.Id}", response.Headers.Location?.ToString());
        var job = await scene.GetJobAsync(reply.Id);
        Assert.Equal(
            ("eu", "sha512", 3, 3L, "admin"),
            (job.Queue, job.Method, job.Priority, job.InputBytes, job.Owner)
        );
        Assert.Equal("""{"iterations":5}""", job.Params?.GetRawText());
    }

    [Fact]
    public async Task With_a_raw_body_the_job_settings_and_params_come_from_the_query()
    {
        byte[] body = [0, 1, 2, 255];
        using var response = await scene.PostAsync(
            "/v1/jobs?method=sha512@1&queue=raw&priority=-2&retries=0&timeLimit=5s"
                + "&scheduledAt=2099-01-01T00:00:00Z&iterations=7",
            FrontScene.Bytes(body, "image/png")
        );

        var reply = await FrontScene.AcceptedAsync(response);
        Assert.Equal("scheduled", reply.State);
        var job = await scene.GetJobAsync(reply.Id);
        Assert.Equal(
            ("raw", "sha512@1", -2, 0, "5s", "image/png"),
            (job.Queue, job.Method, job.Priority, job.Retries, job.TimeLimit, job.ContentType)
        );
        Assert.Equal("""{"iterations":7}""", job.Params?.GetRawText());
        Assert.Equal(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), job.ScheduledAt);
        using var input = await scene.GetAsync($"/v1/jobs/{reply.Id}/input");
        Assert.Equal(body, await input.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_of_the_maximum_size_is_accepted_with_and_without_chunked_encoding()
    {
        var body = new byte[Limits.InlineBytes];
        using var whole = await scene.PostAsync("/v1/jobs?method=noop", FrontScene.Bytes(body));
        using var chunked = await scene.PostAsync("/v1/jobs?method=noop", Chunked(body));

        Assert.Equal(HttpStatusCode.Accepted, whole.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, chunked.StatusCode);
    }

    [Theory]
    [InlineData(Limits.InlineBytes + 1)]
    [InlineData(5 << 20)]
    public async Task A_body_whose_declared_length_exceeds_the_limit_is_rejected_before_it_is_read(int bytes)
    {
        using var response = await scene.PostAsync(
            "/v1/jobs?method=noop",
            FrontScene.Bytes(new byte[bytes]),
            ("Expect", "100-continue")
        );

        await FrontScene.AssertRefusedAsync(
            response,
            413,
            "too-large",
            $"The job's body is {bytes} bytes; the limit is 1048576 bytes."
        );
    }

    [Fact]
    public async Task A_client_that_sends_a_body_over_the_limit_without_waiting_still_receives_the_rejection()
    {
        using var response = await scene.PostAsync("/v1/jobs?method=noop", FrontScene.Bytes(new byte[8 << 20]));

        await FrontScene.AssertRefusedAsync(
            response,
            413,
            "too-large",
            "The job's body is 8388608 bytes; the limit is 1048576 bytes."
        );
    }

    [Fact]
    public async Task A_chunked_body_is_rejected_once_it_exceeds_the_limit()
    {
        using var response = await scene.PostAsync("/v1/jobs?method=noop", Chunked(new byte[Limits.InlineBytes + 1]));

        await FrontScene.AssertRefusedAsync(
            response,
            413,
            "too-large",
            "The job's body is more than 1048576 bytes; the limit is 1048576 bytes."
        );
    }

    [Fact]
    public async Task A_JSON_request_over_the_limit_is_rejected()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json(new string(' ', (2 << 20) + 1)),
            ("Expect", "100-continue")
        );

        await FrontScene.AssertRefusedAsync(
            response,
            413,
            "too-large",
            "The JSON request is 2097153 bytes; the limit is 2097152 bytes."
        );
    }

    [Fact]
    public async Task Malformed_JSON_is_rejected_with_the_position_of_the_error()
    {
        using var response = await scene.PostAsync("/v1/jobs", FrontScene.Json("{\n  \"method\" \"noop\"\n}"));

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "The JSON is not valid at line 2, byte 12: '\"' is invalid after a property name. Expected a ':'."
        );
    }

    [Fact]
    public async Task An_unsupported_member_is_rejected_by_name()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","dependsOn":["1"]}""")
        );

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "Remove the members that this version does not support: dependsOn."
        );
    }

    [Theory]
    [InlineData(
        "/v1/jobs?method=noop&fairnessKey=a",
        "The query parameter 'fairnessKey' is not supported in this version. Leave it out."
    )]
    [InlineData("/v1/jobs?method=noop&priority=high", "priority=high is not valid. Use a 32-bit integer.")]
    [InlineData("/v1/jobs?method=noop&retries=many", "retries=many is not valid. Use a 32-bit integer.")]
    [InlineData(
        "/v1/jobs?method=noop&scheduledAt=2030-01-31",
        "scheduledAt=2030-01-31 is not valid. Use an RFC 3339 date and time with a UTC offset, for example "
            + "2030-01-31T12:00:00Z."
    )]
    [InlineData(
        "/v1/jobs?method=noop&timeLimit=5",
        "timeLimit '5' is not valid. Use a number followed by a unit (ms, s, m, h or d), such as \"15s\"."
    )]
    [InlineData("/v1/jobs?method=noop&method=sha512", "The query parameter 'method' is set 2 times. Set it once.")]
    [InlineData(
        "/v1/jobs?method=",
        "The member 'method' is missing. Set it to the name of a method; GET /v1/methods lists them."
    )]
    [InlineData(
        "/v1/jobs?iterations=5",
        "The query contains 'iterations' but not 'method'. Set ?method=NAME to send the raw body, or put all "
            + "values into the JSON object."
    )]
    public async Task An_invalid_query_is_rejected_with_the_offending_value(string path, string detail)
    {
        using var response = await scene.PostAsync(path, FrontScene.Bytes([1]));

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task The_same_key_and_content_identify_the_same_job_in_every_form_of_submission_R17()
    {
        var ids = new List<string>();
        foreach (
            var (path, content, header) in new (string, HttpContent, (string, string)?)[]
            {
                (
                    "/v1/jobs",
                    FrontScene.Json(
                        """{"method":"noop","body":"a","contentType":"text/a","idempotencyKey":"order-7"}"""
                    ),
                    null
                ),
                (
                    "/v1/jobs",
                    FrontScene.Json("""{"method":"noop","body":"a","contentType":"text/a"}"""),
                    ("Idempotency-Key", "order-7")
                ),
                ("/v1/jobs?method=noop", FrontScene.Bytes("a"u8.ToArray(), "text/a"), ("Idempotency-Key", "order-7")),
                ("/v1/jobs?method=noop&idempotencyKey=order-7", FrontScene.Bytes("a"u8.ToArray(), "text/a"), null),
            }
        )
        {
            using var response = header is { } given
                ? await scene.PostAsync(path, content, given)
                : await scene.PostAsync(path, content);
            Assert.Equal(202, (int)response.StatusCode);
            using var reply = System.Text.Json.JsonDocument.Parse(
                await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
            );
            Assert.Equal(ids.Count > 0, reply.RootElement.TryGetProperty("repeated", out _));
            ids.Add(reply.RootElement.GetProperty("id").GetString()!);
        }
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task A_key_reused_with_different_content_is_rejected_with_the_id_of_its_job_R17()
    {
        using var first = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","idempotencyKey":"order-8"}""")
        );
        using var reply = System.Text.Json.JsonDocument.Parse(
            await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );

        using var second = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","priority":1,"idempotencyKey":"order-8"}""")
        );

        await FrontScene.AssertRefusedAsync(
            second,
            422,
            "key-reused",
            $"The idempotency key 'order-8' belongs to job {reply.RootElement.GetProperty("id").GetString()}, "
                + "which was submitted with different content. Use a new key for a new job."
        );
    }

    [Fact]
    public async Task Two_different_keys_in_one_request_are_rejected()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","idempotencyKey":"a"}"""),
            ("Idempotency-Key", "b")
        );

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "The Idempotency-Key header is 'b', but idempotencyKey is 'a'. Use only one of them."
        );
    }

    [Theory]
    [InlineData("text/csv")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task JSON_requires_its_content_type(string type)
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Bytes("{\"method\":\"noop\"}"u8.ToArray(), type)
        );

        await FrontScene.AssertRefusedAsync(
            response,
            415,
            "unsupported-type",
            $"The Content-Type is '{type}', which is not supported. Use application/json for a job as JSON, or set "
                + "?method=NAME to send the body to that method unchanged."
        );
    }

    [Fact]
    public async Task A_compressed_body_is_rejected()
    {
        var content = FrontScene.Bytes([1, 2, 3]);
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await scene.PostAsync("/v1/jobs?method=noop", content);

        await FrontScene.AssertRefusedAsync(
            response,
            415,
            "unsupported-type",
            "The Content-Encoding 'gzip' is not supported. Send the body uncompressed."
        );
    }

    [Fact]
    public async Task An_unknown_method_is_rejected_with_the_known_methods()
    {
        using var response = await scene.PostAsync("/v1/jobs", FrontScene.Json("""{"method":"sha215"}"""));

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(
            "No worker has ever offered the method 'sha215'. Did you mean 'sha512'? Known methods: ",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("noop@1", text, StringComparison.Ordinal);
        Assert.Contains("sha512@1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "$.iterations is required")]
    [InlineData("&iterations=0", "$.iterations is 0; it must be at least 1")]
    [InlineData("&iterations=-5", "$.iterations is -5; it must be at least 1")]
    [InlineData("&iterations=five", "$.iterations is \"five\"; it must be a whole number")]
    [InlineData("&iterations=", "$.iterations is \"\"; it must be a whole number")]
    [InlineData("&iterations=1&rounds=2", "$.rounds is not defined in the schema. Valid parameters: iterations")]
    public async Task Params_that_do_not_match_the_schema_are_rejected_with_every_error(string query, string fault)
    {
        using var response = await scene.PostAsync($"/v1/jobs?method=sha512{query}", FrontScene.Bytes([1]));

        var problem = await FrontScene.AssertRefusedAsync(
            response,
            422,
            "invalid-params",
            $"The params do not match the schema of sha512: {fault}."
        );
        Assert.Equal(fault, string.Join(" ", problem.Errors!.Select(e => $"{e.Path} {e.Message}")).TrimEnd('.'));
    }

    [Fact]
    public async Task A_submission_with_a_wait_returns_the_result_if_the_job_ends_in_time()
    {
        var worker = await scene.JoinAsync("waited");
        var asking = scene.PostAsync("/v1/jobs?method=waited", FrontScene.Bytes([1]), ("Prefer", "wait=20"));
        await worker.SucceedAsync(await worker.ClaimAsync(), "grüße");

        using var response = await asking;
        var job = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
        Assert.Equal("wait=20", Assert.Single(response.Headers.GetValues("Preference-Applied")));
        Assert.Equal($"/v1/jobs/{job.Id}", response.Headers.Location?.ToString());
        Assert.Equal(("succeeded", "grüße", null), (job.State, job.Result?.GetString(), job.ResultUrl));
    }

    [Theory]
    [InlineData("application/json", """{"digest":[1,2]}""")]
    [InlineData("application/problem+json; charset=utf-8", """{"a":1.50}""")]
    public async Task A_JSON_result_is_embedded_in_the_reply_as_JSON(string type, string result)
    {
        var worker = await scene.JoinAsync("json");
        var asking = scene.PostAsync("/v1/jobs?method=json", FrontScene.Bytes([1]), ("Prefer", "wait=20"));
        await worker.SucceedAsync(await worker.ClaimAsync(), result, type);

        using var response = await asking;
        var job = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
        Assert.Equal(result, job.Result?.GetRawText());
    }

    [Theory]
    [InlineData("application/octet-stream", 3)]
    [InlineData("text/plain", (64 << 10) + 1)]
    [InlineData("application/json", 3)]
    public async Task Any_other_result_is_returned_as_a_link(string type, int bytes)
    {
        var worker = await scene.JoinAsync("bytes");
        var asking = scene.PostAsync("/v1/jobs?method=bytes", FrontScene.Bytes([1]), ("Prefer", "wait=20"));
        await worker.SucceedAsync(await worker.ClaimAsync(), Encoding.UTF8.GetBytes(new string('x', bytes)), type);

        using var response = await asking;
        var job = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
        Assert.Equal(
            ($"/v1/jobs/{job.Id}/result", (long?)bytes, type),
            (job.ResultUrl, job.ResultBytes, job.ResultType)
        );
        Assert.Null(job.Result);
    }

    [Fact]
    public async Task A_submission_with_a_wait_whose_job_fails_returns_200_with_its_state()
    {
        var worker = await scene.JoinAsync("failing");
        var asking = scene.PostAsync("/v1/jobs?method=failing", FrontScene.Bytes([1]), ("Prefer", "wait=20"));
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");

        using var response = await asking;
        var job = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
        Assert.Equal(("failed", "error", "no luck"), (job.State, job.Reason, job.Error?.Message));
    }

    [Fact]
    public async Task A_submission_whose_job_does_not_end_within_the_wait_returns_202()
    {
        using var response = await scene.PostAsync("/v1/jobs?method=noop", FrontScene.Bytes([1]), ("Prefer", "wait=1"));

        await FrontScene.AcceptedAsync(response);
        Assert.Equal("wait=1", Assert.Single(response.Headers.GetValues("Preference-Applied")));
    }

    private static StreamContent Chunked(byte[] body) =>
        new(new UnsizedStream(body)) { Headers = { ContentType = new("application/octet-stream") } };

    /// <summary>A stream without a known length, so that the client uses chunked encoding.</summary>
    private sealed class UnsizedStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
