using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

public sealed class RetryingJobsTests
{
    private const string Ended =
        """{"id":"42","state":"failed","queue":"eu","method":"m","submitted":"2030-01-31T11:00:00Z","""
        + "\"ended\":\"2030-01-31T12:00:00.123456Z\"}";
    private const string Ready =
        """{"id":"42","state":"ready","queue":"eu","method":"m","submitted":"2030-01-31T11:00:00Z"}""";

    [Fact]
    public async Task A_retry_whose_reply_was_lost_is_sent_again_with_the_end_of_the_job()
    {
        await using var server = await StartAsync(Json(200, Ended), Break(), Json(200, Ready));
        using var client = Clients.Of(server);

        var job = await client.RetryAsync("42", TestContext.Current.CancellationToken);

        Assert.Equal("ready", job.State);
        const string Retry = "POST /v1/jobs/42:retry?ended=2030-01-31T12%3A00%3A00.1234560Z";
        Assert.Equal(["GET /v1/jobs/42", Retry, Retry], server.Seen.Select(request => request.Line));
    }
}
