using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class JobRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task A_query_with_a_wait_is_answered_when_the_job_ends()
    {
        var worker = await scene.JoinAsync("looked");
        var id = await scene.SubmitAsync("""{"method":"looked"}""");
        var looking = scene.GetJobAsync(id, "?wait=20");
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        var job = await Eventually.EndsAsync("the query", looking);
        Assert.Equal(("succeeded", $"/v1/jobs/{id}/result"), (job.State, job.ResultUrl));
        Assert.Null(job.Result);
    }

    [Fact]
    public async Task A_query_whose_wait_has_elapsed_returns_the_current_state_of_the_job()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        var job = await scene.GetJobAsync(id, "?wait=1");

        Assert.Equal("ready", job.State);
        Assert.StartsWith(
            "Waiting for the next exchange of a worker: 1 worker offers noop",
            job.Why,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_job_that_has_already_ended_is_read_from_the_store()
    {
        var worker = await scene.JoinAsync("stored");
        var id = await scene.SubmitAsync("""{"method":"stored"}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");

        var job = await scene.GetJobAsync(id, "?wait=20");

        Assert.Equal(("failed", "error", "no luck"), (job.State, job.Reason, job.Error?.Message));
    }

    [Theory]
    [InlineData("ready", """{"method":"noop"}""", "Waiting for the next exchange of a worker: 1 worker offers noop,")]
    [InlineData(
        "scheduled",
        """{"method":"noop","scheduledAt":"2099-01-01T00:00:00Z"}""",
        "Scheduled for 2099-01-01T00:00:00Z."
    )]
    public async Task Why_explains_the_state_of_a_job_in_a_sentence(string state, string job, string words)
    {
        var id = await scene.SubmitAsync(job);

        var why = await WhyAsync(id);

        Assert.Equal((id, state), (why.Id, why.State));
        Assert.StartsWith(words, why.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_describes_how_an_ended_job_ended()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");
        using var cancelled = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");

        Assert.Equal(new WhyReply(id, "cancelled", "It was cancelled before its first attempt."), await WhyAsync(id));
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_immediately_and_only_once()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        using var first = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        using var second = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");

        Assert.Equal(
            "cancelled",
            (await FrontScene.ReadAsync(first, HttpStatusCode.OK, HeadraceJson.Default.JobReply)).State
        );
        await FrontScene.AssertRefusedAsync(
            second,
            409,
            "ended-already",
            $"Job {id} has already ended. It was cancelled before its first attempt."
        );
    }

    [Fact]
    public async Task Cancelling_a_running_job_requests_that_it_stop()
    {
        var worker = await scene.JoinAsync("running");
        var id = await scene.SubmitAsync("""{"method":"running"}""");
        await worker.ClaimAsync();

        using var response = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");

        var job = await FrontScene.ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.JobReply);
        Assert.Equal(("running", "cancel"), (job.State, job.StopRequested));
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("GET", "/why")]
    [InlineData("GET", "/result")]
    [InlineData("GET", "/input")]
    [InlineData("GET", "/attempts")]
    [InlineData("GET", "/log")]
    public async Task Every_route_returns_not_found_for_a_job_that_never_existed(string method, string below)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), $"/v1/jobs/999999{below}");

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no job 999999. Check the id; the reply to a submission contains it."
        );
    }

    [Theory]
    [InlineData("GET", "/v1/jobs/abc", "'abc' is not a valid job id. Use an id such as 42 or 3-42.")]
    [InlineData("DELETE", "/v1/jobs/0-1", "'0-1' is not a valid job id. Use an id such as 42 or 3-42.")]
    [InlineData("GET", "/v1/jobs/-1/log", "'-1' is not a valid job id. Use an id such as 42 or 3-42.")]
    [InlineData(
        "GET",
        "/v1/jobs/99999999999999999999/why",
        "'99999999999999999999' is not a valid job id. Use an id such as 42 or 3-42."
    )]
    [InlineData("GET", "/v1/jobs/1?wait=31", "wait=31 is not valid. Use a whole number from 0 to 30.")]
    [InlineData("GET", "/v1/jobs/1?wait=soon", "wait=soon is not valid. Use a whole number from 0 to 30.")]
    [InlineData("GET", "/v1/jobs/1?wiat=3", "Unknown query parameter 'wiat'. Valid parameters: wait.")]
    [InlineData("GET", "/v1/jobs/1/result?wait=-1", "wait=-1 is not valid. Use a whole number from 0 to 30.")]
    [InlineData(
        "GET",
        "/v1/jobs/1/log?follow",
        "The query parameter 'follow' is not supported in this version. Leave it out."
    )]
    [InlineData("GET", "/v1/jobs/1/log?attempt=0", "attempt=0 is not valid. Use a whole number from 1 to 2147483647.")]
    public async Task An_invalid_address_is_rejected_with_the_reason(string method, string path, string detail)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), path);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    /// <summary>
    /// Reads a job while it is ending. An acknowledged job must be found at any point in its lifetime.
    /// </summary>
    [Fact]
    public async Task An_acknowledged_job_can_always_be_found_while_it_ends()
    {
        var worker = await scene.JoinAsync("quick");
        for (var i = 0; i < 50; i++)
        {
            var id = await scene.SubmitAsync("""{"method":"quick"}""");
            var leased = await worker.ClaimAsync();
            var ending = worker.SucceedAsync(leased, "done");
            JobReply job;
            do job = await scene.GetJobAsync(id);
            while (job.State == "running");
            await ending;

            Assert.Equal("succeeded", job.State);
        }
    }

    private async Task<WhyReply> WhyAsync(string id)
    {
        using var response = await scene.GetAsync($"/v1/jobs/{id}/why");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.WhyReply);
    }
}
