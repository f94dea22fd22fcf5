using Headrace.Client;
using Headrace.Core;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

/// <summary>
/// Tests replies that no Headrace server sends. Each of them must cause one clear error, and the call must not be
/// retried.
/// </summary>
public sealed class ForeignServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, Func<HeadraceClient, Task>> Calls = new()
    {
        ["jobs"] = async client => await client.ListJobsPageAsync(cancellationToken: Stop),
        ["job"] = async client => await client.GetJobAsync("42", Stop),
        ["submit"] = async client => await client.SubmitAsync(new JobRequest("noop"), Stop),
        ["why"] = async client => await client.ExplainAsync("42", Stop),
        ["queue"] = async client => await client.GetQueueAsync("default", Stop),
        ["queues"] = async client => await client.ListQueuesAsync(Stop),
        ["method"] = async client => await client.GetMethodAsync("noop", Stop),
        ["workers"] = async client => await client.ListWorkersAsync(Stop),
        ["pools"] = async client => await client.ListPoolsAsync(Stop),
    };

    public static TheoryData<string, string> OddReplies
    {
        get
        {
            var matrix = new TheoryData<string, string>();
            foreach (var call in Calls.Keys)
                foreach (var reply in (string[])["{}", "[{}]", "null", "[]x", "<html>", "7", ""])
                    matrix.Add(call, reply);
            return matrix;
        }
    }

    [Theory]
    [MemberData(nameof(OddReplies))]
    public async Task A_reply_of_another_form_is_reported_as_such(string call, string reply)
    {
        await using var server = await StartAsync(Json(200, reply));
        using var client = Clients.Of(server);

        var failure = await Assert.ThrowsAsync<HeadraceException>(() => Calls[call](client));

        Assert.StartsWith(
            $"The server at {server.Url} is not a Headrace server of this version: its reply to ",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_names_its_target()
    {
        await using var server = await StartAsync(Json(307, "", ("Location", "https://elsewhere/v1/jobs/42")));
        using var client = Clients.Of(server);

        var failure = await Assert.ThrowsAsync<HeadraceException>(() => client.GetJobAsync("42", Stop));

        Assert.Contains(
            "redirects requests to 'https://elsewhere/v1/jobs/42'",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task A_reply_that_is_not_HTTP_is_reported_as_such()
    {
        await using var server = new RawServer("220 mail.example ESMTP\r\n"u8.ToArray());
        using var client = new HeadraceClient(Clients.Quick with { Server = server.Url });

        var failure = await Assert.ThrowsAsync<HeadraceException>(() =>
            client.SubmitAsync(new JobRequest("noop") { Body = "x"u8.ToArray() }, Stop)
        );

        Assert.Contains("its reply is not valid HTTP", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_batch_reply_without_an_id_or_a_problem_is_an_error()
    {
        await using var server = await StartAsync(Lines("""{"line":1}"""));
        using var client = new HeadraceClient(
            Clients.Quick with
            {
                Server = server.Url,
                RetryTimeout = TimeSpan.Zero,
            }
        );

        var failure = await Assert.ThrowsAsync<ServerUnreachableException>(async () =>
        {
            await foreach (var _ in client.SubmitManyAsync([new JobRequest("noop")], Stop)) { }
        });

        Assert.Contains("an unexpected line", failure.Message, StringComparison.Ordinal);
    }
}
