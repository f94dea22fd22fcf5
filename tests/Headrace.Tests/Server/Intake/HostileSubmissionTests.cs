using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Headrace.Protocol.Json;
using Xunit;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Server.Intake;

/// <summary>
/// Tests that an invalid job never affects other jobs, and that every job that is accepted can be read back over HTTP.
/// </summary>
public sealed class HostileSubmissionTests(FrontScene scene) : IClassFixture<FrontScene>
{
    public static TheoryData<string> InvalidJobs =>
        [
            $$$"""{"method":"sha512","params":{"iterations":{{{new string('9', 380)}}}}}""",
            $$$"""{"method":"sha512","params":{"iterations":{{{new string('9', 381)}}}}}""",
            $$$"""{"method":"noop","params":{"a":{{{new string('9', 400)}}}}}""",
            $$$"""{"method":"noop","params":{"a":0.{{{new string('3', 400)}}}}}""",
            $$$"""{"method":"noop","params":{"a":[{"b":-{{{new string('9', 5_000)}}}e5}]}}""",
            """{"method":"noop","timeLimit":"NaNs"}""",
            """{"method":"noop","timeLimit":"Infinitys"}""",
            """{"method":"noop","timeLimit":"∞s"}""",
            """{"method":"noop","timeLimit":"-1s"}""",
            """{"method":"noop","timeLimit":"1e9d"}""",
            """{"method":"noop","timeLimit":"٣s"}""",
            """{"method":"noop","timeLimit":".s"}""",
            """{"method":"noop","retry":{"factor":1e400}}""",
            """{"method":"noop","retry":{"factor":"NaN"}}""",
            """{"method":"noop","retry":{"jitter":-1e400}}""",
            """{"method":"noop","retry":{"delay":"NaNs"}}""",
            """{"method":"noop","retry":{"maxDelay":""}}""",
            """{"method":"noop","params":{"\ud800":1}}""",
            """{"method":"noop","\udc00":1}""",
            """{"method":"\ud800"}""",
            """{"method":"noop","tags":[null]}""",
            """{"method":"noop","idempotencyKey":"\u0000"}""",
            """{"method":"noop","scheduledAt":"2030-01-01T24:00:00Z"}""",
            """{"method":"noop","scheduledAt":"2030-01-01T00:00:00"}""",
            """{"method":"noop","scheduledAt":"0001-01-01T00:00:00+23:59"}""",
            """{"method":"noop","body":"x","contentType":"a/b;x=\"\r\n y\""}""",
            """{"method":"noop","body":"x","contentType":"text/plain; a=\"é\""}""",
            """{"method":"noop","body":"x","contentType":"a/b;x=\"\u0000\""}""",
            """{"method":"noop","body":"x","contentType":"a/b;x=\"\u007f\""}""",
            """{"method":"noop","body":"x","contentType":"a/b;x=\"🙂\""}""",
            """{"method":"noop","body":"x","contentType":"\r\n a/b"}""",
        ];

    [Theory]
    [MemberData(nameof(InvalidJobs))]
    public async Task An_invalid_job_is_rejected_alone_and_as_a_line_of_a_batch_only_that_line(string job)
    {
        using var single = await scene.SendAsync(HttpMethod.Post, "/v1/jobs", FrontScene.Json(job));
        Assert.InRange((int)single.StatusCode, 400, 499);

        const string Good = """{"method":"noop","queue":"beside"}""";
        var text = string.Concat(Enumerable.Repeat(Good + "\n", 1_500)) + job + "\n" + Good;
        using var batch = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes(Encoding.UTF8.GetBytes(text), "application/jsonl")
        );
        var lines = (await FrontScene.TextAsync(batch))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine)!)
            .ToList();

        Assert.Equal(1_502, lines.Count);
        var rejected = Assert.Single(lines, line => line.Problem is not null);
        Assert.Equal((1_501, (int)single.StatusCode), (rejected.Line, rejected.Problem!.Status));
        Assert.All(lines.Where(line => line != rejected), line => Assert.NotNull(line.Id));
    }

    [Fact]
    public async Task A_rejection_does_not_repeat_megabytes_of_the_request()
    {
        var text = new string('x', 1_000_000);
        foreach (
            var job in (string[])
                [
                    $$"""{"method":"{{text}}"}""",
                    $$"""{"method":"noop","queue":"{{text}}"}""",
                    $$"""{"method":"noop","timeLimit":"{{text}}"}""",
                    $$"""{"method":"noop","body":"x","contentType":"{{text}}"}""",
                    $$"""{"method":"noop","idempotencyKey":"{{text}}"}""",
                    $$"""{"method":"noop","{{text}}":1}""",
                    $$$"""{"method":"noop","params":{"a":"\ud800{{{text}}}"}}""",
                    $$$"""{"method":"sha512","params":{"iterations":"{{{text}}}"}}""",
                    $$$"""{"method":"sha512","params":{"iterations":1,"{{{text}}}":1}}""",
                    $$"""{"method":"noop","scheduledAt":"{{text}}"}""",
                    $$"""{"method":"noop","{{text}}":1,"{{text}}":1}""",
                    $$$"""{"method":"noop","retry":{"delay":"{{{text}}}"}}""",
                    $$$"""{"method":"noop","retry":{"maxDelay":"{{{text}}}"}}""",
                    $$$"""{"method":"noop","retry":{"{{{text}}}":1}}""",
                    $$"""{"method":"noop","tags":["{{text}}"]}""",
                    $"{{{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"m{i}\":1"))}}}",
                ]
        )
        {
            using var response = await scene.SendAsync(HttpMethod.Post, "/v1/jobs", FrontScene.Json(job));
            Assert.InRange((int)response.StatusCode, 400, 499);
            Assert.InRange(response.Content.Headers.ContentLength!.Value, 1, 10_000);
        }
    }

    [Theory]
    [InlineData("a/b;x=\"\r\n y\"")]
    [InlineData("text/plain; a=\"é\"")]
    [InlineData("a/b;x=\"\0\"")]
    [InlineData("no type")]
    public async Task A_result_whose_type_cannot_be_sent_as_a_header_is_returned_as_bytes(string type)
    {
        var method = $"typed-{Math.Abs(type.GetHashCode(StringComparison.Ordinal))}";
        var worker = await scene.JoinAsync(method);
        var id = await scene.SubmitAsync($$"""{"method":"{{method}}","body":"in"}""");
        await worker.SucceedAsync(await worker.ClaimAsync(), "out", type);

        using var result = await scene.GetAsync($"/v1/jobs/{id}/result");
        using var input = await scene.GetAsync($"/v1/jobs/{id}/input");

        Assert.Equal((HttpStatusCode.OK, "out"), (result.StatusCode, await FrontScene.TextAsync(result)));
        Assert.Equal("application/octet-stream", result.Content.Headers.ContentType?.ToString());
        Assert.Equal((HttpStatusCode.OK, "in"), (input.StatusCode, await FrontScene.TextAsync(input)));
    }

    [Fact]
    public async Task A_raw_body_with_a_type_outside_ASCII_is_rejected()
    {
        var request = Encoding.UTF8.GetBytes(
            $"POST /v1/jobs?method=noop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {scene.Server.Key}\r\n"
                + "Content-Type: text/plain; a=\"é\"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
        );

        Assert.StartsWith("HTTP/1.1 400", await Http.RawRequests.SendAsync(scene, request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2030-01-01T00:00:00.123456789Z", "2030-01-01T00:00:00.123456+00:00")]
    [InlineData("2030-01-01t00:00:00z", "2030-01-01T00:00:00+00:00")]
    [InlineData("2030-06-30T23:59:60Z", "2030-07-01T00:00:00+00:00")]
    [InlineData("2030-07-01T01:59:60.5+02:00", "2030-07-01T00:00:00+00:00")]
    [InlineData("2030-01-01T00:00:00-00:00", "2030-01-01T00:00:00+00:00")]
    [InlineData("2030-01-01T00:00:00+23:00", "2029-12-31T01:00:00+00:00")]
    public async Task Times_are_read_as_RFC_3339_defines_them(string time, string expected)
    {
        var id = await scene.SubmitAsync($$"""{"method":"noop","scheduledAt":"{{time}}"}""");
        using var raw = await scene.SendAsync(
            HttpMethod.Post,
            $"/v1/jobs?method=noop&scheduledAt={Uri.EscapeDataString(time)}",
            FrontScene.Bytes([1])
        );
        var rawId = (await FrontScene.ReadAsync(raw, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply)).Id;

        var at = DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(at, (await scene.GetJobAsync(id)).ScheduledAt);
        Assert.Equal(at, (await scene.GetJobAsync(rawId)).ScheduledAt);
    }

    [Fact]
    public async Task A_batch_says_the_state_of_a_repeated_job_also_after_it_has_ended_R17()
    {
        var worker = await scene.JoinAsync("repeated");
        const string Line = """{"method":"repeated","idempotencyKey":"r-1"}""";
        var first = Assert.Single(await BatchAsync(Line));
        var waiting = Assert.Single(await BatchAsync(Line));
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");
        var ended = Assert.Single(await BatchAsync(Line));

        Assert.Equal(("ready", null), (first.State, first.Repeated));
        Assert.Equal((first.Id, "ready", true), (waiting.Id, waiting.State, waiting.Repeated));
        Assert.Equal((first.Id, "succeeded", true), (ended.Id, ended.State, ended.Repeated));
    }

    [Fact]
    public async Task A_Protobuf_batch_says_the_state_of_a_repeated_job_also_after_it_has_ended_R17()
    {
        var worker = await scene.JoinAsync("repeated-wire");
        var batch = new Wire.SubmitBatch
        {
            Jobs = { new Wire.SubmitJob { Method = "repeated-wire", IdempotencyKey = "r-2" } },
        };
        var first = await WireBatchAsync(batch);
        var waiting = await WireBatchAsync(batch);
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");
        var ended = await WireBatchAsync(batch);
        batch.Jobs[0].Priority = 7;
        var other = await WireBatchAsync(batch);

        Assert.Equal(("ready", false), (first.State, first.Repeated));
        Assert.Equal((first.Id, "ready", true), (waiting.Id, waiting.State, waiting.Repeated));
        Assert.Equal((first.Id, "succeeded", true), (ended.Id, ended.State, ended.Repeated));
        Assert.Equal((422u, "", false), (other.Problem.Status, other.State, other.Repeated));
    }

    [Fact]
    public async Task A_job_that_ended_before_its_start_was_reported_has_no_start()
    {
        var id = await scene.SubmitAsync(
            """{"method":"noop","queue":"unstarted","scheduledAt":"2090-01-01T00:00:00Z"}"""
        );
        using var cancelled = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        var worker = await scene.JoinAsync("unstarted");
        var ran = await scene.SubmitAsync("""{"method":"unstarted"}""");
        var lease = await worker.ClaimAsync();
        await worker.EndAsync(
            new Wire.Outcome
            {
                Job = lease.Job,
                Attempt = lease.Attempt,
                Kind = Wire.Outcome.Types.Kind.Succeeded,
                Metrics = new Wire.Outcome.Types.Metrics(),
            }
        );

        Assert.Null((await scene.GetJobAsync(id)).Started);
        Assert.Equal(
            ("succeeded", null),
            (await scene.GetJobAsync(ran)) is var job ? (job.State, job.Started) : default
        );
        foreach (
            var path in (string[])
                [$"/v1/jobs/{id}/attempts", $"/v1/jobs/{ran}/attempts", "/v1/jobs?q=method:unstarted", "/v1/results"]
        )
        {
            using var response = await scene.GetAsync(path);
            var text = await FrontScene.TextAsync(response);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
            Assert.DoesNotContain("1970", text, StringComparison.Ordinal);
            Assert.DoesNotContain("0001-01-01", text, StringComparison.Ordinal);
        }
        using var attempts = await scene.SendAsync(HttpMethod.Get, $"/v1/jobs/{ran}/attempts");
        var ended = await FrontScene.TextAsync(attempts);
        Assert.Contains("\"outcome\":\"succeeded\"", ended, StringComparison.Ordinal);
        Assert.DoesNotContain("\"started\"", ended, StringComparison.Ordinal);
    }

    private async Task<Wire.SubmitReply.Types.Result> WireBatchAsync(Wire.SubmitBatch batch)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes(batch.ToByteArray(), "application/x-protobuf")
        );
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return Assert.Single(Wire.SubmitReply.Parser.ParseFrom(bytes).Results);
    }

    private async Task<IReadOnlyList<BatchLine>> BatchAsync(string lines)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes(Encoding.UTF8.GetBytes(lines), "application/jsonl")
        );
        return
        [
            .. (await FrontScene.TextAsync(response))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine)!),
        ];
    }
}
