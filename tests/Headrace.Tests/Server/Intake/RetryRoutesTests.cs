using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class RetryRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task A_failed_job_is_retried_under_its_id_and_can_succeed()
    {
        var worker = await scene.JoinAsync("second-chance");
        var id = await scene.SubmitAsync("""{"method":"second-chance","tags":["run=7"]}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");

        using var retried = await RetryAsync(id);
        var again = await FrontScene.ReadAsync(retried, HttpStatusCode.OK, HeadraceJson.Default.JobReply);
        var lease = await worker.ClaimAsync();
        await worker.SucceedAsync(lease, "done");

        Assert.Equal((id, 1, 0), (again.Id, again.Attempt, again.Failures));
        Assert.Null(again.Reason);
        Assert.Equal(2u, lease.Attempt);
        var job = await scene.GetJobAsync(id, "?wait=20");
        Assert.Equal(("succeeded", "run=7"), (job.State, Assert.Single(job.Tags!)));
    }

    [Fact]
    public async Task A_retried_job_leaves_the_list_of_results_until_it_ends_again()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"leaves"}""");
        await CancelAsync(id);
        Assert.Equal([id], await ResultsAsync("leaves"));

        using var retried = await RetryAsync(id);

        Assert.Equal(HttpStatusCode.OK, retried.StatusCode);
        Assert.Empty(await ResultsAsync("leaves"));
        await CancelAsync(id);
        Assert.Equal([id], await ResultsAsync("leaves"));
    }

    [Fact]
    public async Task A_retried_job_keeps_its_idempotency_key_R17()
    {
        const string Job = """{"method":"noop","idempotencyKey":"kept"}""";
        var id = await scene.SubmitAsync(Job);
        await CancelAsync(id);
        using var retried = await RetryAsync(id);

        Assert.Equal(id, await scene.SubmitAsync(Job));
        Assert.Equal("ready", (await scene.GetJobAsync(id)).State);
    }

    [Fact]
    public async Task A_retry_with_the_end_of_the_job_can_be_sent_again_and_retries_it_once()
    {
        var worker = await scene.JoinAsync("resent");
        var id = await scene.SubmitAsync("""{"method":"resent","retries":0}""");
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");
        var end = (await scene.GetJobAsync(id, "?wait=20")).Ended!.Value.ToString("O");

        using var first = await RetrySinceAsync(id, end);
        using var whileUnfinished = await RetrySinceAsync(id, end);
        await worker.FailAsync(await worker.ClaimAsync(), "no luck again");
        await scene.GetJobAsync(id, "?wait=20");
        using var afterItFailedAgain = await RetrySinceAsync(id, end);

        Assert.Equal("ready", (await JobOf(first)).State);
        Assert.NotEqual("failed", (await JobOf(whileUnfinished)).State);
        var last = await JobOf(afterItFailedAgain);
        Assert.Equal(("failed", 2, "no luck again"), (last.State, last.Attempt, last.Error!.Message));
    }

    [Fact]
    public async Task An_end_that_is_not_a_time_is_rejected_by_name()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");

        using var response = await RetrySinceAsync(id, "yesterday");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("ended=yesterday is not valid", await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_unfinished_or_succeeded_is_not_retryable_and_the_detail_says_why()
    {
        var worker = await scene.JoinAsync("fine");
        var unfinished = await scene.SubmitAsync("""{"method":"noop"}""");
        var succeeded = await scene.SubmitAsync("""{"method":"fine"}""");
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");
        await scene.GetJobAsync(succeeded, "?wait=20");

        using var first = await RetryAsync(unfinished);
        using var second = await RetryAsync(succeeded);

        await FrontScene.AssertRefusedAsync(
            first,
            409,
            "not-retryable",
            $"Job {unfinished} is ready, so it cannot be retried. Wait until it ends, or cancel it first."
        );
        await FrontScene.AssertRefusedAsync(
            second,
            409,
            "not-retryable",
            $"Job {succeeded} has succeeded, so it cannot be retried. Submit a new job, or edit this one."
        );
    }

    [Fact]
    public async Task A_job_that_does_not_exist_is_not_found()
    {
        using var response = await RetryAsync("999999");

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no job 999999. Check the id; the reply to a submission contains it."
        );
    }

    [Fact]
    public async Task A_retry_with_changes_submits_a_new_job_that_names_the_old_one()
    {
        var id = await scene.SubmitAsync(
            """
            {"method":"sha512","params":{"iterations":7},"body":"text","queue":"edits","priority":4,"timeLimit":"5m",
            "retry":{"max":2,"delay":"9s"},"tags":["a"]}
            """
        );
        await CancelAsync(id);

        using var response = await RetryAsync(id, """{"params":{"iterations":8},"timeLimit":null,"tags":["b"]}""");
        var edited = await scene.GetJobAsync((await FrontScene.AcceptedAsync(response)).Id);

        Assert.Equal($"/v1/jobs/{edited.Id}", response.Headers.Location?.ToString());
        Assert.Equal(
            (id, "edits", 4, "sha512", """{"iterations":8}""", 4L, "text/plain; charset=utf-8"),
            (
                edited.RetryOf,
                edited.Queue,
                edited.Priority,
                edited.Method,
                edited.Params!.Value.GetRawText(),
                edited.InputBytes,
                edited.ContentType
            )
        );
        Assert.Equal(
            (null, 2, "9s", "b"),
            (edited.TimeLimit, edited.Retries, edited.Retry!.Delay, edited.Tags!.Single())
        );
        Assert.Equal("cancelled", (await scene.GetJobAsync(id)).State);
        using var input = await scene.GetAsync($"/v1/jobs/{edited.Id}/input");
        Assert.Equal("text", await FrontScene.TextAsync(input));
    }

    [Fact]
    public async Task Changes_replace_the_body_and_the_number_of_retries_in_either_form()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","body":"old","contentType":"text/x-old","retries":2}""");
        await CancelAsync(id);

        using var response = await RetryAsync(id, """{"bodyBase64":"bmV3ZXI=","retry":{"max":5}}""");
        var edited = await scene.GetJobAsync((await FrontScene.AcceptedAsync(response)).Id);

        Assert.Equal((5L, "application/octet-stream", 5), (edited.InputBytes, edited.ContentType, edited.Retries));
    }

    [Theory]
    [InlineData("[1]", "The changes are not a JSON object.")]
    [InlineData("null", "The changes are not a JSON object.")]
    [InlineData("{", "The JSON is not valid at line 1, byte")]
    [InlineData("""{"params":{"\ud800":1}}""", "The JSON is not valid: it contains a lone surrogate")]
    [InlineData("""{"paramz":{}}""", "A job has no member 'paramz'.")]
    [InlineData("""{"retries":1,"retry":{"max":2}}""", "retries is 1, but retry.max is 2.")]
    public async Task Wrong_changes_are_rejected_and_name_the_fault(string changes, string detail)
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");
        await CancelAsync(id);

        using var response = await RetryAsync(id, changes);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_attempts_of_a_job_are_listed_with_their_outcomes_and_the_ends_of_their_logs()
    {
        var worker = await scene.JoinAsync("history");
        var id = await scene.SubmitAsync("""{"method":"history"}""");
        var first = await worker.ClaimAsync();
        await worker.LogAsync(first, "one\ntwo\nthree\n");
        await worker.FailAsync(first, "no luck");
        using var retried = await RetryAsync(id);
        await worker.ClaimAsync();

        using var response = await scene.GetAsync($"/v1/jobs/{id}/attempts?log=2");
        var attempts = await FrontScene.ReadAsync(
            response,
            HttpStatusCode.OK,
            HeadraceJson.Default.IReadOnlyListAttemptReply
        );

        Assert.Equal(
            [(1, "failed", "no luck", "two\nthree\n"), (2, "running", null, null)],
            attempts.Select(a => (a.Attempt, a.Outcome, a.Error?.Message, a.Log))
        );
        Assert.Null(attempts[1].Ended);
    }

    [Theory]
    [InlineData("""{"retries":2,"retry":{"max":2}}""", 2, null)]
    [InlineData("""{"retry":{"max":5,"delay":"1s","factor":3,"maxDelay":"1m","jitter":0}}""", 5, 3.0)]
    public async Task A_submission_states_its_retry_policy(string members, int retries, double? factor)
    {
        var id = await scene.SubmitAsync("""{"method":"noop",""" + members[1..]);

        var job = await scene.GetJobAsync(id);

        Assert.Equal((retries, factor), (job.Retries, job.Retry?.Factor));
    }

    [Fact]
    public async Task A_raw_submission_states_its_retry_policy_and_tags_in_the_query()
    {
        using var response = await scene.PostAsync(
            "/v1/jobs?method=noop&retry=max%3D4,delay%3D2s&tags=a,b",
            FrontScene.Bytes([1])
        );

        var job = await scene.GetJobAsync((await FrontScene.AcceptedAsync(response)).Id);

        Assert.Equal((4, "2s"), (job.Retries, job.Retry!.Delay));
        Assert.Equal(["a", "b"], job.Tags!);
    }

    [Fact]
    public async Task Changes_that_are_not_valid_UTF8_are_refused()
    {
        var id = await scene.SubmitAsync("""{"method":"noop"}""");
        await CancelAsync(id);

        using var response = await scene.SendAsync(
            HttpMethod.Post,
            $"/v1/jobs/{id}:retry",
            new ByteArrayContent([.. "{\"bod"u8, 0xB3, .. "\":null}"u8])
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("not valid UTF-8", await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> RetryAsync(string id, string? changes = null) =>
        scene.SendAsync(HttpMethod.Post, $"/v1/jobs/{id}:retry", changes is null ? null : FrontScene.Json(changes));

    private Task<HttpResponseMessage> RetrySinceAsync(string id, string ended) =>
        scene.SendAsync(HttpMethod.Post, $"/v1/jobs/{id}:retry?ended={Uri.EscapeDataString(ended)}");

    private static Task<JobReply> JobOf(HttpResponseMessage response) =>
        FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobReply);

    private async Task CancelAsync(string id)
    {
        using var response = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task<IEnumerable<string>> ResultsAsync(string queue)
    {
        using var response = await scene.GetAsync($"/v1/results?queue={queue}");
        var results = await FrontScene.ReadAsync(
            response,
            HttpStatusCode.OK,
            HeadraceJson.Default.IReadOnlyListJobReply
        );
        return results.Select(job => job.Id);
    }
}
