using System.Net;
using Google.Protobuf;
using Headrace.Protocol.Json;
using Headrace.Protocol.Wire;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

/// <summary>Tests that the trace context of a submission reaches the worker.</summary>
public sealed class SubmissionTraceTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string Other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/jobs", """{"method":"trace-json","params":{}}""", "trace-json", "application/json")]
    [InlineData("/v1/jobs?method=trace-raw", "a body", "trace-raw", "text/plain")]
    [InlineData("/v1/jobs:batch", """{"method":"trace-line","params":{}}""", "trace-line", "application/jsonl")]
    public async Task The_header_of_a_submission_reaches_the_worker(
        string path,
        string body,
        string method,
        string type
    )
    {
        var worker = await scene.JoinAsync(method);
        using var response = await scene.PostAsync(
            path,
            FrontScene.Bytes(System.Text.Encoding.UTF8.GetBytes(body), type),
            ("traceparent", Trace)
        );
        Assert.True(response.IsSuccessStatusCode, await FrontScene.TextAsync(response));

        var leased = await worker.ClaimAsync();

        Assert.Equal(Trace, leased.Traceparent);
        Assert.Equal(Trace, (await scene.GetJobAsync(leased.Job.ToString())).Traceparent);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    public async Task A_header_that_is_not_valid_is_ignored(string header)
    {
        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","params":{}}"""),
            ("traceparent", header)
        );

        var id = (await FrontScene.AcceptedAsync(response)).Id;

        Assert.Null((await scene.GetJobAsync(id)).Traceparent);
    }

    [Fact]
    public async Task A_job_of_a_protobuf_batch_can_state_its_own_context()
    {
        var worker = await scene.JoinAsync("trace-proto");
        var batch = new SubmitBatch();
        batch.Jobs.Add(
            new SubmitJob
            {
                Method = "trace-proto",
                Params = "{}",
                Traceparent = Other,
            }
        );
        batch.Jobs.Add(new SubmitJob { Method = "trace-proto", Params = "{}" });
        batch.Jobs.Add(
            new SubmitJob
            {
                Method = "trace-proto",
                Params = "{}",
                Traceparent = "00",
            }
        );
        using var response = await scene.PostAsync(
            "/v1/jobs:batch",
            FrontScene.Bytes(batch.ToByteArray(), "application/x-protobuf"),
            ("traceparent", Trace)
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var reply = SubmitReply.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync(Stop));

        var leases = (await worker.ExchangeAsync(0)).Leases;

        Assert.Equal([Other, Trace], leases.Select(lease => lease.Traceparent));
        Assert.Equal(
            "traceparent '00' is not valid. Use a W3C trace context, such as "
                + "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.",
            reply.Results[2].Problem.Detail
        );
    }

    [Fact]
    public async Task A_job_submitted_without_a_context_has_none()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","params":{}}""");
        Assert.Null((await scene.GetJobAsync(id)).Traceparent);
    }
}
