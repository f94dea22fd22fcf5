using Headrace.Client;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

public sealed class SubmittingTests
{
    private const string Accepted = """{"id":"42","state":"ready"}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_body_is_sent_unchanged_with_text_parameters_in_the_query()
    {
        await using var server = await StartAsync(Json(202, Accepted));
        using var client = Clients.Of(server);
        var job = new JobRequest("sha512")
        {
            Body = "hello"u8.ToArray(),
            Arguments = new Dictionary<string, string> { ["iterations"] = "1000" },
            Queue = "eu",
            TimeLimit = TimeSpan.FromMinutes(5),
            Retries = 0,
        };

        var submitted = await client.SubmitAsync(job, Stop);

        Assert.Equal("42", submitted.Id);
        var seen = Assert.Single(server.Seen);
        Assert.Equal("POST /v1/jobs?method=sha512&queue=eu&timeLimit=5m&retries=0&iterations=1000", seen.Line);
        Assert.Equal("hello", seen.Body);
        Assert.Equal("Bearer k", seen.Authorization);
    }

    [Fact]
    public async Task Text_parameters_without_a_body_are_typed_by_the_methods_schema()
    {
        await using var server = await StartAsync(
            Json(
                200,
                """{"name":"greet","version":1,"workers":1"""
                    + ""","schema":{"type":"object","properties":{"name":{"type":"string"}"""
                    + ""","times":{"type":"integer"}}}}"""
            ),
            Json(202, Accepted)
        );
        using var client = Clients.Of(server);

        await client.SubmitAsync(
            new JobRequest("greet")
            {
                Arguments = new Dictionary<string, string> { ["name"] = "7", ["times"] = "7" },
                IdempotencyKey = "k",
            },
            Stop
        );

        Assert.Equal(["GET /v1/methods/greet", "POST /v1/jobs"], server.Seen.Select(s => s.Line));
        Assert.Equal(
            """{"method":"greet","params":{"name":"7","times":7},"idempotencyKey":"k"}""",
            server.Seen.Last().Body
        );
    }

    [Fact]
    public async Task A_parameter_whose_name_the_server_reserves_goes_into_the_params_and_not_into_the_query()
    {
        await using var server = await StartAsync(
            Json(200, """{"name":"m","version":1,"workers":1,"schema":{}}"""),
            Json(202, Accepted)
        );
        using var client = Clients.Of(server);

        await client.SubmitAsync(
            new JobRequest("m")
            {
                Body = "x"u8.ToArray(),
                Arguments = new Dictionary<string, string> { ["queue"] = "tall" },
            },
            Stop
        );

        Assert.Equal("POST /v1/jobs", server.Seen.Last().Line);
        Assert.Contains(
            """ "params":{"queue":"tall"},"bodyBase64":"eA==" """.Trim(),
            server.Seen.Last().Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_submission_without_a_reply_is_retried_and_counted()
    {
        await using var server = await StartAsync(Break(), Break(), Json(202, Accepted));
        using var client = Clients.Of(server);

        var submitted = await client.SubmitAsync(new JobRequest("noop"), Stop);

        Assert.Equal("42", submitted.Id);
        Assert.Equal(2, client.RetriedSubmissions);
    }

    [Fact]
    public async Task A_retried_submission_keeps_its_key_and_the_next_submission_gets_another_R17()
    {
        await using var server = await StartAsync(Break(), Json(202, Accepted), Json(202, Accepted));
        using var client = Clients.Of(server);

        await client.SubmitAsync(new JobRequest("noop"), Stop);
        await client.SubmitAsync(new JobRequest("noop"), Stop);

        var sent = server.Seen.Select(s => s.Body).ToList();
        Assert.Contains("idempotencyKey", sent[0], StringComparison.Ordinal);
        Assert.Equal(sent[0], sent[1]);
        Assert.NotEqual(sent[1], sent[2]);
    }

    [Fact]
    public async Task A_503_is_retried_and_counted_because_the_first_request_may_have_been_accepted()
    {
        await using var server = await StartAsync(
            Json(503, Problem(503, "unavailable", "Starting.")),
            Json(202, Accepted)
        );
        using var client = Clients.Of(server);

        await client.SubmitAsync(new JobRequest("noop"), Stop);

        Assert.Equal(1, client.RetriedSubmissions);
    }

    [Fact]
    public async Task A_job_is_submitted_to_a_full_queue_again_without_the_risk_of_a_duplicate()
    {
        await using var server = await StartAsync(
            Json(429, Problem(429, "queue-full", "Full."), ("Retry-After", "0")),
            Json(202, Accepted)
        );
        using var client = Clients.Of(server);

        await client.SubmitAsync(new JobRequest("noop"), Stop);

        Assert.Equal(2, server.Seen.Count);
        Assert.Equal(0, client.RetriedSubmissions);
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_retry_timeout_is_reported_immediately()
    {
        await using var server = await StartAsync(
            Json(
                429,
                Problem(429, "queue-full", "Queue 'eu' has reached its limit of 10 jobs."),
                ("Retry-After", "60")
            )
        );
        using var client = Clients.Of(server, Clients.Quick with { QueueFullTimeout = TimeSpan.FromSeconds(59) });

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            client.SubmitAsync(new JobRequest("noop"), Stop)
        );

        Assert.Equal(
            (429, "queue-full", TimeSpan.FromSeconds(60), true),
            (refused.Status, refused.Name, refused.RetryAfter, refused.IsTransient)
        );
        Assert.Equal("Queue 'eu' has reached its limit of 10 jobs.", refused.Message);
    }

    [Fact]
    public async Task A_rejection_of_the_parameters_lists_every_error_and_is_not_retried()
    {
        await using var server = await StartAsync(
            Json(
                422,
                """{"type":"/problems/invalid-params","title":"Invalid params","status":422"""
                    + ""","detail":"2 faults.","errors":[{"path":"$.iterations","message":"0 is below 1."}"""
                    + """,{"path":"$.x","message":"is not known."}]}"""
            )
        );
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            client.SubmitAsync(new JobRequest("sha512"), Stop)
        );

        Assert.Equal(["$.iterations", "$.x"], refused.Errors.Select(e => e.Path));
        Assert.Equal("2 faults.", refused.Message);
        Assert.False(refused.IsTransient);
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task A_large_body_that_is_rejected_unread_causes_a_413_and_no_broken_pipe()
    {
        await using var server = await StartAsync(
            Json(413, Problem(413, "too-large", "The body is 8388608 bytes; the limit is 1048576 bytes.")) with
            {
                ReadsBody = false,
            }
        );
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(() =>
            client.SubmitAsync(new JobRequest("noop") { Body = new byte[8 << 20] }, Stop)
        );

        Assert.Equal("too-large", refused.Name);
        Assert.Equal(0, client.RetriedSubmissions);
    }

    [Fact]
    public async Task The_call_fails_immediately_if_a_server_that_never_answered_refuses_the_connection()
    {
        using var client = new HeadraceClient(
            Clients.Quick with
            {
                Server = UnusedAddress(),
                RetryTimeout = TimeSpan.FromHours(1),
            }
        );

        var unreachable = await Assert.ThrowsAsync<ServerUnreachableException>(() =>
            client.SubmitAsync(new JobRequest("noop"), Stop)
        );

        Assert.False(unreachable.MayHaveArrived);
        Assert.Contains("headrace up", unreachable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_to_a_server_that_never_replies_fails_after_the_retry_timeout()
    {
        await using var server = await StartAsync([.. Enumerable.Repeat(Break(), 10_000)]);
        using var client = Clients.Of(server, Clients.Quick with { RetryTimeout = TimeSpan.FromMilliseconds(50) });

        await Assert.ThrowsAsync<ServerUnreachableException>(() => client.SubmitAsync(new JobRequest("noop"), Stop));

        Assert.Equal(server.Seen.Count - 1, client.RetriedSubmissions);
    }

    [Fact]
    public async Task An_error_without_a_problem_document_still_reports_status_and_address()
    {
        await using var server = await StartAsync(
            new Act(context =>
            {
                context.Response.StatusCode = 418;
                return Task.CompletedTask;
            })
        );
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(() => client.ListQueuesAsync(Stop));

        Assert.Contains("418", refused.Message, StringComparison.Ordinal);
        Assert.Contains("/v1/queues", refused.Message, StringComparison.Ordinal);
    }
}
