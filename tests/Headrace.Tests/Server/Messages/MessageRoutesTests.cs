using System.Net;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Messages;

/// <summary>Tests messages over HTTP: put, pull, acknowledge and release.</summary>
public sealed class MessageRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static int _queues;

    private readonly string _queue = $"messages-{Interlocked.Increment(ref _queues)}";

    [Fact]
    public async Task A_message_is_delivered_with_its_body_and_ends_when_it_is_acknowledged()
    {
        var id = await scene.SubmitAsync(
            $$"""
            {"method":"message","queue":"{{_queue}}","body":"hello","contentType":"text/plain","params":{"a":1},
            "tags":["x"]}
            """
        );

        var message = Assert.Single((await PullAsync()).Messages);

        Assert.Equal(
            (id, $"{id}#1", 1, "hello", "text/plain", "1", "x"),
            (
                message.Id,
                message.Token,
                message.Delivery,
                message.Body,
                message.ContentType,
                message.Params?.GetProperty("a").GetRawText(),
                message.Tags?.Single()
            )
        );
        Assert.Equal("running", (await scene.GetJobAsync(id)).State);
        Assert.Equal(new AcknowledgedReply(1, 0, 0), await AcknowledgeAsync(message.Token));
        var ended = await scene.GetJobAsync(id);
        Assert.Equal(("succeeded", null), (ended.State, ended.Worker));
        Assert.Equal(new AcknowledgedReply(0, 1, 0), await AcknowledgeAsync(message.Token));
    }

    [Fact]
    public async Task A_binary_body_is_delivered_in_base64()
    {
        byte[] body = [0xFF, 0, 1];
        using var put = await scene.PostAsync($"/v1/jobs?method=message&queue={_queue}", FrontScene.Bytes(body));
        Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);

        var message = Assert.Single((await PullAsync()).Messages);

        Assert.Null(message.Body);
        Assert.Equal(body, Convert.FromBase64String(message.BodyBase64!));
    }

    [Fact]
    public async Task A_released_message_is_delivered_again_with_the_next_number()
    {
        var id = await PutAsync();
        var first = Assert.Single((await PullAsync()).Messages);

        using var released = await scene.PostAsync($"/v1/queues/{_queue}/messages:release", Tokens(first.Token));
        Assert.Equal(
            new ReleasedReply(1, 0),
            await FrontScene.ReadAsync(released, HttpStatusCode.OK, HeadraceJson.Default.ReleasedReply)
        );

        Assert.Equal($"{id}#2", Assert.Single((await PullAsync()).Messages).Token);
    }

    [Fact]
    public async Task A_waiting_pull_is_answered_when_a_message_arrives()
    {
        var waiting = PullAsync("?wait=30");

        var id = await PutAsync();

        Assert.Equal(id, Assert.Single((await waiting).Messages).Id);
    }

    [Fact]
    public async Task A_malformed_token_is_rejected_with_an_example()
    {
        foreach (var token in (string[])["42", "x#1", "42#", "42#-1"])
        {
            using var response = await scene.PostAsync($"/v1/queues/{_queue}/messages:ack", Tokens(token));
            await FrontScene.AssertRefusedAsync(
                response,
                400,
                "bad-request",
                $"'{token}' is not a token of a message in queue '{_queue}'. Use the tokens that a pull returned."
            );
        }
    }

    [Fact]
    public async Task The_job_of_a_message_explains_that_it_waits_for_a_client()
    {
        var id = await PutAsync();

        using var why = await scene.GetAsync($"/v1/jobs/{id}/why");

        Assert.Contains(
            $"This message waits until a client pulls it: headrace messages pull {_queue}.",
            await FrontScene.TextAsync(why),
            StringComparison.Ordinal
        );
    }

    private Task<string> PutAsync() => scene.SubmitAsync($$"""{"method":"message","queue":"{{_queue}}"}""");

    private async Task<MessagesReply> PullAsync(string query = "")
    {
        using var response = await scene.SendAsync(HttpMethod.Post, $"/v1/queues/{_queue}/messages:pull{query}");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.MessagesReply);
    }

    private async Task<AcknowledgedReply> AcknowledgeAsync(string token)
    {
        using var response = await scene.PostAsync($"/v1/queues/{_queue}/messages:ack", Tokens(token));
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.AcknowledgedReply);
    }

    private static HttpContent Tokens(string token) =>
        FrontScene.Json(
            JsonSerializer.Serialize(new SettleRequest { Deliveries = [token] }, HeadraceJson.Default.SettleRequest)
        );
}
