using System.Text.Json;
using Headrace.Client;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

public sealed class BatchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_job_of_a_batch_gets_its_own_result_in_order()
    {
        await using var server = await StartAsync(
            Lines(
                AcceptedLine(1, "7"),
                $$"""{"line":2,"problem":{{Problem(413, "too-large", "Too large.")}}}""",
                AcceptedLine(3, "8")
            )
        );
        using var client = Clients.Of(server);

        var answers = await client.SubmitManyAsync(Jobs(3), Stop).ToListAsync(Stop);

        Assert.Equal([(0L, "7"), (1L, null), (2L, "8")], answers.Select(a => (a.Index, a.Id)));
        Assert.Equal("Too large.", answers[1].Problem!.Detail);
        Assert.Equal(["b0", "b1", "b2"], BodiesOf(server.Seen.Single()));
        Assert.Equal("POST /v1/jobs:batch", server.Seen.Single().Line);
    }

    [Fact]
    public async Task After_a_broken_batch_only_the_unanswered_jobs_are_sent_again()
    {
        await using var server = await StartAsync(
            Truncated(AcceptedLine(1, "7"), AcceptedLine(2, "8")),
            Lines(AcceptedLine(1, "9"))
        );
        using var client = Clients.Of(server);

        var answers = await client.SubmitManyAsync(Jobs(3), Stop).ToListAsync(Stop);

        Assert.Equal([(0L, "7"), (1L, "8"), (2L, "9")], answers.Select(a => (a.Index, a.Id)));
        Assert.Equal(["b2"], BodiesOf(server.Seen.Last()));
        Assert.Equal(1, client.RetriedSubmissions);
    }

    [Fact]
    public async Task A_truncated_line_does_not_count_as_an_answer()
    {
        await using var server = await StartAsync(
            Truncated(AcceptedLine(1, "7"), """{"line":2,"id":"""),
            Lines(AcceptedLine(1, "8"))
        );
        using var client = Clients.Of(server);

        var answers = await client.SubmitManyAsync(Jobs(2), Stop).ToListAsync(Stop);

        Assert.Equal(["7", "8"], answers.Select(a => a.Id));
        Assert.Equal(1, client.RetriedSubmissions);
    }

    [Fact]
    public async Task A_response_that_ends_early_without_an_error_leaves_the_rest_unanswered()
    {
        await using var server = await StartAsync(Lines(AcceptedLine(1, "7")), Lines(AcceptedLine(1, "8")));
        using var client = Clients.Of(server);

        var answers = await client.SubmitManyAsync(Jobs(2), Stop).ToListAsync(Stop);

        Assert.Equal(["7", "8"], answers.Select(a => a.Id));
        Assert.Equal(1, client.RetriedSubmissions);
    }

    [Fact]
    public async Task Jobs_rejected_by_a_full_queue_are_submitted_again_without_counting_as_retried()
    {
        var full = $$"""{"line":2,"problem":{{Problem(429, "queue-full", "Full.")}}}""";
        await using var server = await StartAsync(Lines(AcceptedLine(1, "7"), full), Lines(AcceptedLine(1, "8")));
        using var client = Clients.Of(server);

        var answers = await client.SubmitManyAsync(Jobs(2), Stop).ToListAsync(Stop);

        Assert.Equal(["7", "8"], answers.Select(a => a.Id));
        Assert.Equal(0, client.RetriedSubmissions);
    }

    [Fact]
    public async Task Jobs_whose_queue_stays_full_until_the_timeout_are_reported_as_rejected()
    {
        await using var server = await StartAsync(
            Lines($$"""{"line":1,"problem":{{Problem(429, "queue-full", "Full.")}}}""")
        );
        using var client = Clients.Of(server, Clients.Quick with { QueueFullTimeout = TimeSpan.Zero });

        var answer = Assert.Single(await client.SubmitManyAsync(Jobs(1), Stop).ToListAsync(Stop));

        Assert.Null(answer.Id);
        Assert.Equal(429, answer.Problem!.Status);
    }

    [Fact]
    public async Task A_wrong_key_ends_the_batch_at_once()
    {
        await using var server = await StartAsync(Json(401, Problem(401, "unauthorized", "The API key is not valid.")));
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(async () =>
            await client.SubmitManyAsync(Jobs(2), Stop).ToListAsync(Stop)
        );

        Assert.Equal(401, refused.Status);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Many_jobs_are_read_from_their_source_one_batch_at_a_time()
    {
        var read = 0;
        var readAtFirstAnswer = 0;
        await using var server = await StartAsync(AnswerAll(), AnswerAll(), AnswerAll());
        using var client = Clients.Of(server);

        var answers = 0;
        await foreach (
            var answer in client.SubmitManyAsync(
                Jobs(1_200)
                    .Select(job =>
                    {
                        read++;
                        return job;
                    }),
                Stop
            )
        )
        {
            if (answers++ == 0)
                readAtFirstAnswer = read;
            Assert.Equal(answers - 1, answer.Index);
        }

        Assert.Equal(1_200, answers);
        Assert.Equal(500, readAtFirstAnswer);
        Assert.Equal([500, 500, 200], server.Seen.Select(s => BodiesOf(s).Count));
    }

    private static Act AnswerAll() =>
        new(async context =>
        {
            for (var line = 1; line <= 500; line++)
                await context.Response.WriteAsync(AcceptedLine(line, "1") + "\n");
        });

    private static string AcceptedLine(int line, string id) => $$"""{"line":{{line}},"id":"{{id}}","state":"ready"}""";

    private static IEnumerable<JobRequest> Jobs(int count) =>
        Enumerable
            .Range(0, count)
            .Select(i => new JobRequest("noop") { Body = System.Text.Encoding.UTF8.GetBytes($"b{i}") });

    private static IReadOnlyList<string> BodiesOf(SeenRequest request) =>
        [
            .. request
                .Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line =>
                    System.Text.Encoding.UTF8.GetString(
                        JsonElement.Parse(line).GetProperty("bodyBase64").GetBytesFromBase64()
                    )
                ),
        ];
}
