using Headrace.Client;
using Headrace.Tests.Support;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

public sealed class ReadingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wait_continues_across_intermediate_replies_and_a_broken_connection()
    {
        await using var server = await StartAsync(Json(200, Job("running")), Break(), Json(200, Job("succeeded")));
        using var client = Clients.Of(server);

        var job = await client.WaitAsync("42", timeout: null, Stop);

        Assert.True(job.HasSucceeded());
        Assert.All(server.Seen, seen => Assert.Equal("GET /v1/jobs/42?wait=30", seen.Line));
        Assert.Equal(3, server.Seen.Count);
        Assert.Equal(0, client.RetriedSubmissions);
    }

    [Fact]
    public async Task The_path_prefix_of_the_server_address_applies_to_every_request()
    {
        await using var server = await StartAsync(Json(200, Job("succeeded")));
        using var client = new HeadraceClient(server.Url + "/headrace/", "k");

        await client.GetJobAsync("42", Stop);

        Assert.Equal("GET /headrace/v1/jobs/42", server.Seen.Single().Line);
    }

    [Fact]
    public async Task A_call_whose_connection_was_not_accepted_cannot_have_reached_the_server()
    {
        using var full = new FullListener();
        using var client = new HeadraceClient(Clients.Quick with { Server = full.Url });

        var unreachable = await Assert.ThrowsAsync<ServerUnreachableException>(() => client.GetJobAsync("42", Stop));

        Assert.Contains("the connection attempt timed out", unreachable.Message, StringComparison.Ordinal);
        Assert.False(unreachable.MayHaveArrived);
    }

    [Fact]
    public async Task A_wait_that_times_out_reports_the_state_of_the_job()
    {
        await using var server = await StartAsync(Json(200, Job("ready")));
        using var client = Clients.Of(server);

        var late = await Assert.ThrowsAsync<TimeoutException>(() => client.WaitAsync("42", TimeSpan.Zero, Stop));

        Assert.Contains("ready", late.Message, StringComparison.Ordinal);
        Assert.Equal("GET /v1/jobs/42?wait=0", server.Seen.Single().Line);
    }

    [Fact]
    public async Task Run_returns_the_bytes_with_their_content_type()
    {
        await using var server = await StartAsync(
            Json(202, """{"id":"42","state":"ready"}"""),
            Json(200, Job("succeeded")),
            Json(200, "\"done\"")
        );
        using var client = Clients.Of(server);

        var result = await client.RunAsync(JobRequest.Create("noop", new { }), Stop);

        Assert.Equal("\"done\"", result.Text);
        Assert.True(result.IsText);
        Assert.Equal("GET /v1/jobs/42/result", server.Seen.Last().Line);
    }

    [Fact]
    public async Task Run_of_a_failed_job_throws_with_reason_and_error()
    {
        var failed = """
            {"id":"42","state":"failed","reason":"exhausted","queue":"default","method":"noop","attempt":4,
             "error":{"type":"E","message":"disk full"}}
            """;
        await using var server = await StartAsync(Json(202, """{"id":"42","state":"ready"}"""), Json(200, failed));
        using var client = Clients.Of(server);

        var failure = await Assert.ThrowsAsync<JobNotSucceededException>(() =>
            client.RunAsync(new JobRequest("noop"), Stop)
        );

        Assert.Equal("Job 42 failed (exhausted) after 4 attempt(s): disk full", failure.Message);
    }

    [Fact]
    public async Task Jobs_are_listed_page_by_page_until_the_last_one()
    {
        await using var server = await StartAsync(
            Json(200, $$"""{"jobs":[{{Job("ready")}}],"next":"a+b=","complete":true,"counts":[]}"""),
            Json(200, $$"""{"jobs":[{{Job("failed")}}],"complete":true,"counts":[]}""")
        );
        using var client = Clients.Of(server);

        var jobs = await client.ListJobsAsync("queue:eu", Stop).ToListAsync(Stop);

        Assert.Equal(["ready", "failed"], jobs.Select(j => j.State));
        Assert.Equal(
            ["GET /v1/jobs?q=queue%3Aeu&limit=200", "GET /v1/jobs?q=queue%3Aeu&after=a%2Bb%3D&limit=200"],
            server.Seen.Select(s => s.Line)
        );
    }

    [Fact]
    public async Task Requesting_the_result_of_an_unfinished_job_throws_instead_of_returning_an_empty_result()
    {
        await using var server = await StartAsync(Json(202, Job("running")));
        using var client = Clients.Of(server);

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResultAsync("42", Stop));
    }

    [Theory]
    [InlineData(200, CancelResult.Cancelled)]
    [InlineData(202, CancelResult.Requested)]
    public async Task Cancel_distinguishes_a_completed_cancellation_from_a_request(int status, CancelResult expected)
    {
        await using var server = await StartAsync(Json(status, "{}"));
        using var client = Clients.Of(server);

        Assert.Equal(expected, await client.CancelAsync("42", Stop));

        Assert.Equal("DELETE /v1/jobs/42", server.Seen.Single().Line);
    }

    private static string Job(string state) =>
        $$"""{"id":"42","state":"{{state}}","queue":"default","method":"noop"}""";
}
