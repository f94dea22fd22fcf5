using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Wire;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Intake.Batches;

public sealed class BatchRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private const string Jsonl = "application/jsonl";

    [Theory]
    [InlineData(Jsonl)]
    [InlineData("application/x-ndjson; charset=utf-8")]
    public async Task Each_job_is_answered_with_a_line_in_order_and_an_invalid_line_rejects_only_itself(string type)
    {
        var lines = await SubmitAsync(
            """
            {"method":"noop","body":"1"}
            not json

            {"method":"sha512","params":{"iterations":0}}
            {"method":"nobody"}
            {"method":"noop","queue":"eu"}
            """,
            type
        );

        Assert.Equal([1, 2, 4, 5, 6], lines.Select(l => l.Line));
        Assert.Equal(["ready", null, null, null, "ready"], lines.Select(l => l.State));
        Assert.Equal(
            [null, "/problems/bad-request", "/problems/invalid-params", "/problems/unknown-method", null],
            lines.Select(l => l.Problem?.Type)
        );
        Assert.Equal(
            "The JSON is not valid at line 1, byte 2: 'not json' is an invalid JSON literal. Expected the "
                + "literal 'null'.",
            lines[1].Problem?.Detail
        );
        Assert.Equal("$.iterations", Assert.Single(lines[2].Problem!.Errors!).Path);
        Assert.Equal("eu", (await scene.GetJobAsync(lines[4].Id!)).Queue);
    }

    [Fact]
    public async Task A_batch_split_into_many_commands_keeps_its_order_and_gives_each_job_its_own_id()
    {
        const int Jobs = (3 * Limits.JobsPerCommand) + 7;
        var text = new StringBuilder();
        for (var i = 0; i < Jobs; i++)
            text.Append("{\"method\":\"noop\",\"queue\":\"many\",\"priority\":").Append(i).Append("}\n");

        var lines = await SubmitAsync(text.ToString());

        Assert.Equal(Enumerable.Range(1, Jobs), lines.Select(l => l.Line));
        Assert.Equal(Jobs, lines.Select(l => l.Id).Distinct().Count());
        Assert.Equal(Jobs - 1, (await scene.GetJobAsync(lines[^1].Id!)).Priority);
    }

    [Fact]
    public async Task A_client_can_send_the_entire_batch_before_it_reads_any_answers()
    {
        const int Jobs = 20_000;

        var lines = await SubmitAsync(
            string.Concat(Enumerable.Repeat("{\"method\":\"noop\",\"queue\":\"blind\"}\n", Jobs))
        );

        Assert.Equal(Jobs, lines.Count(l => l.Id is not null));
    }

    [Fact]
    public async Task Answers_are_sent_while_the_batch_is_still_being_received()
    {
        await using var connection = await RawBatch.OpenAsync(scene);

        await connection.SendAsync("{\"method\":\"noop\"}\n");
        var first = await connection.AnswerAsync();
        await connection.SendAsync("{\"method\":\"nobody\"}\n");
        var second = await connection.AnswerAsync();

        Assert.Equal((1, "ready"), (first.Line, first.State));
        Assert.Equal((2, "/problems/unknown-method"), (second.Line, second.Problem?.Type));
    }

    /// <summary>
    /// Sends more batches than the memory budget (<see cref="BodyBudget"/>) allows concurrently. They are sent one
    /// after another, so each batch must release its memory when it ends.
    /// </summary>
    [Fact]
    public async Task Acknowledged_jobs_survive_a_disconnect_of_the_caller_and_its_memory_is_released()
    {
        for (var i = 0; i < 20; i++)
        {
            string id;
            await using (var connection = await RawBatch.OpenAsync(scene))
            {
                await connection.SendAsync("{\"method\":\"noop\"}\n{\"method\":");
                id = (await connection.AnswerAsync()).Id!;
            }
            Assert.Equal("ready", (await scene.GetJobAsync(id)).State);
        }

        await Eventually.SeesAsync(
            "memory for a batch",
            async () => (await TrySubmitAsync("{\"method\":\"noop\"}\n")) is { } lines ? lines : null
        );
    }

    [Fact]
    public async Task A_line_may_have_two_megabytes_and_only_a_longer_line_is_rejected()
    {
        var padded = "{\"method\":\"noop\"}".PadRight(2 << 20);

        var lines = await SubmitAsync($"{padded}\n{padded} \n{{\"method\":\"noop\"}}");

        Assert.Equal(
            [null, "Line 2 exceeds the limit of 2097152 bytes per line.", null],
            lines.Select(l => l.Problem?.Detail)
        );
        Assert.Equal("/problems/too-large", lines[1].Problem?.Type);
    }

    [Fact]
    public async Task A_batch_of_large_bodies_is_submitted_in_several_commands()
    {
        var body = Convert.ToBase64String(new byte[Limits.InlineBytes]);

        var lines = await SubmitAsync(
            string.Concat(Enumerable.Repeat($"{{\"method\":\"noop\",\"bodyBase64\":\"{body}\"}}\n", 12))
        );

        Assert.Equal(12, lines.Count(l => l.State == "ready"));
    }

    [Fact]
    public async Task An_empty_batch_gets_an_empty_answer() => Assert.Empty(await SubmitAsync(""));

    [Fact]
    public async Task A_Protobuf_batch_is_answered_in_Protobuf()
    {
        var batch = new SubmitBatch
        {
            Jobs =
            {
                new SubmitJob { Method = "noop", Queue = "wire" },
                new SubmitJob { Method = "sha512" },
                new SubmitJob { Method = "sha512", Params = """{"iterations":2}""" },
            },
        };

        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes(batch.ToByteArray(), "application/x-protobuf")
        );

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/x-protobuf", response.Content.Headers.ContentType?.ToString());
        var results = SubmitReply
            .Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))
            .Results;
        Assert.Equal(3, results.Count);
        Assert.Equal(
            (
                "/problems/invalid-params",
                422u,
                "The params do not match the schema of sha512: $.iterations is required."
            ),
            (results[1].Problem.Type, results[1].Problem.Status, results[1].Problem.Detail)
        );
        Assert.Equal("wire", (await scene.GetJobAsync($"{results[0].Id}")).Queue);
        Assert.Equal("sha512", (await scene.GetJobAsync($"{results[2].Id}")).Method);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    public async Task Any_other_content_type_is_rejected_with_the_supported_types(string type)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch",
            FrontScene.Bytes("{}"u8.ToArray(), type)
        );

        await FrontScene.AssertRefusedAsync(
            response,
            415,
            "unsupported-type",
            "The Content-Type of a batch must be application/jsonl, application/x-ndjson, "
                + $"application/x-protobuf, but the request has {type}."
        );
    }

    [Fact]
    public async Task Query_parameters_are_rejected()
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:batch?queue=eu",
            FrontScene.Bytes("{}"u8.ToArray(), Jsonl)
        );

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "Unknown query parameter 'queue'. This route has no query parameters."
        );
    }

    private async Task<IReadOnlyList<BatchLine>> SubmitAsync(string text, string type = Jsonl) =>
        await TrySubmitAsync(text, type)
        ?? throw new InvalidOperationException("The server has no memory for the batch.");

    /// <summary>Returns the lines of the reply, or null if the batch was rejected with Retry-After.</summary>
    private async Task<IReadOnlyList<BatchLine>?> TrySubmitAsync(string text, string type = Jsonl)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await scene.SendAsync(HttpMethod.Post, "/v1/jobs:batch", content);
        var reply = await FrontScene.TextAsync(response);
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return null;
        Assert.True(response.StatusCode == HttpStatusCode.OK, reply);
        Assert.Equal(Jsonl, response.Content.Headers.ContentType?.ToString());
        return
        [
            .. reply
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine)!),
        ];
    }
}
