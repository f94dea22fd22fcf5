using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Wire;
using Headrace.Tests.Server.Http;
using Headrace.Tests.Server.Shards;
using Xunit;

namespace Headrace.Tests.Server.Intake;

/// <summary>
/// Tests that an unexpected exception rejects only the job that caused it, and that the reply to a job that is
/// already on disk never looks like a rejection.
/// </summary>
public sealed class SubmissionFaultTests(FaultyScene scene) : IClassFixture<FaultyScene>
{
    private const string Boom = """{"method":"boom"}""";
    private const string Good = """{"method":"noop","queue":"beside"}""";

    /// <summary>Checking the params fails for the jobs of one method.</summary>
    private static bool FailsForBoom(Command command) => command is Command.GetMethod { Method.Text: "boom" };

    [Fact]
    public async Task A_line_of_a_batch_that_fails_is_rejected_alone_and_the_log_has_one_line_for_the_batch()
    {
        var errors = scene.Errors.Count;
        var text = new StringBuilder();
        for (var i = 0; i < 1_500; i++)
            text.AppendLine(i % 500 == 250 ? Boom : Good);

        var lines = await BatchAsync(text.ToString(), FailsForBoom);

        Assert.Equal(1_500, lines.Count);
        var rejected = lines.Where(line => line.Problem is not null).ToList();
        Assert.Equal([251, 751, 1_251], rejected.Select(line => line.Line));
        Assert.All(rejected, line => Assert.Equal("/problems/internal", line.Problem!.Type));
        Assert.All(lines.Except(rejected), line => Assert.Equal("ready", line.State));
        UnexpectedFaultTests.AssertTellsOnlyWhere(Assert.Single(scene.Errors.Skip(errors)));
    }

    [Fact]
    public async Task A_job_of_a_Protobuf_batch_that_fails_is_rejected_alone()
    {
        var batch = new SubmitBatch
        {
            Jobs =
            {
                new SubmitJob { Method = "noop" },
                new SubmitJob { Method = "boom" },
                new SubmitJob { Method = "noop" },
            },
        };

        using var response = await WithFaultAsync(
            FailsForBoom,
            () => scene.PostAsync("/v1/jobs:batch", FrontScene.Bytes(batch.ToByteArray(), "application/x-protobuf"))
        );

        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["", "/problems/internal", ""],
            SubmitReply.Parser.ParseFrom(bytes).Results.Select(result => result.Problem?.Type ?? "")
        );
    }

    /// <summary>
    /// Jobs are sent to the shard in commands of up to 1,000, so the jobs in other commands are not affected.
    /// </summary>
    [Fact]
    public async Task A_command_that_fails_rejects_only_its_own_jobs_of_the_batch()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 3_000; i++)
            text.AppendLine(i == 1_500 ? """{"method":"noop","queue":"boom"}""" : Good);

        var lines = await BatchAsync(
            text.ToString(),
            command => command is Command.Submit submit && submit.Jobs.Any(job => job.Spec.Queue.Text == "boom")
        );

        Assert.Equal(Enumerable.Range(1, 3_000), lines.Select(line => line.Line));
        Assert.Equal("/problems/internal", lines[1_500].Problem?.Type);
        Assert.All(lines.Take(500).Concat(lines.TakeLast(499)), line => Assert.NotNull(line.Id));
    }

    [Fact]
    public async Task A_repeated_job_whose_state_cannot_be_read_is_still_answered_with_its_id()
    {
        var worker = await scene.JoinAsync("stateless");
        const string Job = """{"method":"stateless","idempotencyKey":"stateless-1"}""";
        var id = await scene.SubmitAsync(Job);
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        scene.Store.OnRead = keys =>
            keys.All(key => key is RowKey.Ended) ? throw new InvalidOperationException("Broken.") : Task.CompletedTask;
        try
        {
            var lines = await BatchAsync($"{Job}\n{Good}", _ => false);

            Assert.Equal((id, true, null), (lines[0].Id, lines[0].Repeated, lines[0].State));
            Assert.Equal("ready", lines[1].State);
        }
        finally
        {
            scene.Store.OnRead = null;
        }
    }

    [Theory]
    [InlineData("wait=1")]
    [InlineData("wait=30")]
    public async Task A_job_that_was_accepted_but_cannot_be_read_is_answered_with_its_id(string preference)
    {
        var errors = scene.Errors.Count;
        using var response = await WithFaultAsync(
            command => command is Command.GetJob,
            () => scene.PostAsync("/v1/jobs", FrontScene.Json(Good), ("Prefer", preference))
        );

        var accepted = await FrontScene.AcceptedAsync(response);
        Assert.Equal("ready", accepted.State);
        Assert.Equal($"/v1/jobs/{accepted.Id}", response.Headers.Location?.ToString());
        Assert.Equal("beside", (await scene.GetJobAsync(accepted.Id)).Queue);
        UnexpectedFaultTests.AssertTellsOnlyWhere(Assert.Single(scene.Errors.Skip(errors)));
    }

    [Fact]
    public async Task A_job_whose_result_cannot_be_read_is_answered_with_the_address_of_the_result()
    {
        var worker = await scene.JoinAsync("resultless");
        scene.Store.OnRead = keys =>
            keys.Any(key => key is RowKey.Payload { Kind: PayloadKind.Result })
                ? throw new InvalidOperationException("Broken.")
                : Task.CompletedTask;
        try
        {
            var submission = scene.PostAsync(
                "/v1/jobs",
                FrontScene.Json("""{"method":"resultless"}"""),
                ("Prefer", "wait=30")
            );
            await worker.SucceedAsync(await worker.ClaimAsync(), "done");

            using var response = await Eventually.EndsAsync("the reply", submission);
            var job = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
            Assert.Equal(("succeeded", $"/v1/jobs/{job.Id}/result"), (job.State, job.ResultUrl));
        }
        finally
        {
            scene.Store.OnRead = null;
        }
    }

    private async Task<T> WithFaultAsync<T>(Func<Command, bool> fails, Func<Task<T>> act)
    {
        scene.Router.Fails = fails;
        try
        {
            return await act();
        }
        finally
        {
            scene.Router.Fails = null;
        }
    }

    private Task<List<BatchLine>> BatchAsync(string text, Func<Command, bool> fails) =>
        WithFaultAsync(
            fails,
            async () =>
            {
                using var response = await scene.PostAsync(
                    "/v1/jobs:batch",
                    FrontScene.Bytes(Encoding.UTF8.GetBytes(text), "application/jsonl")
                );
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                return (await FrontScene.TextAsync(response))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine)!)
                    .ToList();
            }
        );
}
