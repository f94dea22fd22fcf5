using System.Net;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Feeds;

/// <summary>Tests feeds over HTTP: the life cycle of a feed, and the life cycle of a delivery.</summary>
public sealed class FeedRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static int _queues;
    private static int _methods;

    private readonly string _queue = $"feeds-{Interlocked.Increment(ref _queues)}";

    [Fact]
    public async Task A_feed_is_created_once_listed_with_its_lag_moved_and_deleted()
    {
        await EndAsync(2);
        var feed = _queue;

        using (var created = await PutAsync(feed, $$"""{"queue":"{{_queue}}","from":"first","states":"all"}"""))
            Assert.Equal(2, (await ReadFeedAsync(created, HttpStatusCode.Created)).Lag);
        using (var again = await PutAsync(feed, $$"""{"queue":"{{_queue}}","states":"all"}"""))
            Assert.Equal(2, (await ReadFeedAsync(again)).Lag);
        var deliveries = await PullAsync(feed, "?top=1");
        await AcknowledgeAsync(feed, deliveries);
        await PullAsync(feed);

        using var list = await scene.GetAsync("/v1/feeds");
        var page = await FrontScene.ReadAsync(list, HttpStatusCode.OK, HeadraceJson.Default.FeedPage);
        var listed = Assert.Single(page.Feeds, item => item.Name == feed);
        Assert.Equal(
            (_queue, "all", 1, true, 1, 0),
            (listed.Queue, listed.States, listed.Lag, listed.Complete, listed.Leased, listed.Expired)
        );

        using (var moved = await scene.PostAsync($"/v1/feeds/{feed}:seek", FrontScene.Json("""{"to":"first"}""")))
            Assert.Equal((2, 0), (await ReadFeedAsync(moved)) is var at ? (at.Lag, at.Leased) : default);
        using (var deleted = await scene.SendAsync(HttpMethod.Delete, $"/v1/feeds/{feed}"))
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await scene.GetAsync($"/v1/feeds/{feed}");
        await FrontScene.AssertRefusedAsync(
            gone,
            404,
            "not-found",
            $"There is no feed '{feed}'. 'headrace feeds' (GET /v1/feeds) lists the feeds, and 'headrace feeds set "
                + $"{feed} --queue QUEUE' (PUT /v1/feeds/{feed}) creates it."
        );
    }

    [Fact]
    public async Task A_pull_contains_results_and_errors_and_an_acknowledged_job_is_not_delivered_again()
    {
        await CreateAsync("all");
        var failed = await EndAsync(1, fails: true);
        var succeeded = await EndAsync(1);

        var pulled = await PullAsync(_queue);

        Assert.Equal((_queue, "1m", 0), (pulled.Feed, pulled.Lease, pulled.Expired));
        Assert.Equal([.. failed, .. succeeded], pulled.Deliveries.Select(delivery => delivery.Job.Id));
        Assert.Equal("no", pulled.Deliveries[0].Job.Error?.Message);
        Assert.Equal("done", pulled.Deliveries[1].Job.Result?.GetString());
        Assert.Equal(new AcknowledgedReply(2, 0, 0), await AcknowledgeAsync(_queue, pulled));
        Assert.Equal(new AcknowledgedReply(0, 2, 0), await AcknowledgeAsync(_queue, pulled));
        Assert.Empty((await PullAsync(_queue)).Deliveries);
    }

    [Fact]
    public async Task A_released_job_is_delivered_to_the_next_consumer_at_once()
    {
        await CreateAsync();
        await EndAsync(1);
        var pulled = await PullAsync(_queue, "?lease=1h");
        Assert.Empty((await PullAsync(_queue)).Deliveries);

        Assert.Equal(new ReleasedReply(1, 0), await ReleaseAsync(pulled));
        Assert.Equal(new ReleasedReply(0, 1), await ReleaseAsync(pulled));

        Assert.NotEqual(pulled.Deliveries[0].Token, (await PullAsync(_queue)).Deliveries[0].Token);
    }

    [Fact]
    public async Task A_waiting_pull_is_answered_when_a_job_ends()
    {
        await CreateAsync();
        var waiting = PullAsync(_queue, "?wait=30");

        var ended = await EndAsync(1);

        Assert.Equal(ended, (await waiting).Deliveries.Select(delivery => delivery.Job.Id));
    }

    [Fact]
    public async Task Long_params_are_part_of_a_delivered_job()
    {
        await CreateAsync();
        var text = new string('x', 5_000);
        await EndAsync(1, parameters: $$"""{"text":"{{text}}"}""");

        var job = Assert.Single((await PullAsync(_queue)).Deliveries).Job;

        Assert.Equal(text, job.Params?.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(
        """{"from":"now"}""",
        "The member 'queue' is missing. Set it to the queue whose ended jobs the feed delivers."
    )]
    [InlineData(
        """{"queue":"A"}""",
        "'A' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting with a "
            + "letter or digit."
    )]
    [InlineData("""{"queue":"a","from":"last"}""", "from 'last' is not valid. Use now or first.")]
    [InlineData("""{"queue":"a","states":"done"}""", "states 'done' is not valid. Use succeeded, failed or all.")]
    public async Task An_invalid_feed_is_rejected_with_the_remedy(string json, string detail)
    {
        using var response = await PutAsync("invalid", json);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Theory]
    [InlineData("lease=0s", "lease=0s is not valid. Use a duration from 1s to 1h, such as 60s.")]
    [InlineData("lease=2h", "lease=2h is not valid. Use a duration from 1s to 1h, such as 60s.")]
    [InlineData("top=0", "top=0 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("wait=31", "wait=31 is not valid. Use a whole number from 0 to 30.")]
    public async Task An_invalid_pull_is_rejected_with_the_range(string query, string detail)
    {
        await CreateAsync();

        using var response = await scene.SendAsync(HttpMethod.Post, $"/v1/feeds/{_queue}:pull?{query}");

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task A_token_of_another_feed_and_a_malformed_one_are_rejected()
    {
        await CreateAsync();
        foreach (var token in (string[])["other:1:1", "17", $"{_queue}:1", $"{_queue}:-1:1", $"{_queue}:1:x"])
        {
            using var response = await scene.PostAsync(
                $"/v1/feeds/{_queue}:ack",
                FrontScene.Json($$"""{"deliveries":["{{token}}"]}""")
            );
            await FrontScene.AssertRefusedAsync(
                response,
                400,
                "bad-request",
                $"'{token}' is not a token of feed '{_queue}'. Use the tokens that a pull returned."
            );
        }
        using var empty = await scene.PostAsync($"/v1/feeds/{_queue}:ack", FrontScene.Json("""{"deliveries":[]}"""));
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
    }

    [Fact]
    public async Task A_token_that_no_pull_has_returned_is_ignored()
    {
        await CreateAsync();
        await EndAsync(1);
        using var response = await scene.PostAsync(
            $"/v1/feeds/{_queue}:ack",
            FrontScene.Json($$"""{"deliveries":["{{_queue}}:1:999999999","{{_queue}}:999999999:1"]}""")
        );

        var reply = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.AcknowledgedReply);

        Assert.Equal(new AcknowledgedReply(0, 0, 2), reply);
        Assert.Single((await PullAsync(_queue)).Deliveries);
    }

    [Fact]
    public async Task A_name_that_another_feed_has_is_in_use()
    {
        await CreateAsync();

        using var response = await PutAsync(_queue, """{"queue":"elsewhere"}""");

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "name-in-use",
            $"Feed '{_queue}' already exists and delivers succeeded jobs from queue '{_queue}'. Choose another name, "
                + $"or delete it first: headrace feeds delete {_queue}."
        );
    }

    private async Task CreateAsync(string states = "succeeded")
    {
        using var response = await PutAsync(_queue, $$"""{"queue":"{{_queue}}","states":"{{states}}"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private Task<HttpResponseMessage> PutAsync(string feed, string json) =>
        scene.SendAsync(HttpMethod.Put, $"/v1/feeds/{feed}", FrontScene.Json(json));

    private static Task<FeedReply> ReadFeedAsync(
        HttpResponseMessage response,
        HttpStatusCode status = HttpStatusCode.OK
    ) => FrontScene.ReadAsync(response, status, HeadraceJson.Default.FeedReply);

    private async Task<DeliveriesReply> PullAsync(string feed, string query = "")
    {
        using var response = await scene.SendAsync(HttpMethod.Post, $"/v1/feeds/{feed}:pull{query}");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.DeliveriesReply);
    }

    private async Task<AcknowledgedReply> AcknowledgeAsync(string feed, DeliveriesReply pulled)
    {
        using var response = await scene.PostAsync($"/v1/feeds/{feed}:ack", Tokens(pulled));
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.AcknowledgedReply);
    }

    private async Task<ReleasedReply> ReleaseAsync(DeliveriesReply pulled)
    {
        using var response = await scene.PostAsync($"/v1/feeds/{_queue}:release", Tokens(pulled));
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.ReleasedReply);
    }

    private static HttpContent Tokens(DeliveriesReply pulled) =>
        FrontScene.Json(
            JsonSerializer.Serialize(
                new SettleRequest { Deliveries = [.. pulled.Deliveries.Select(delivery => delivery.Token)] },
                HeadraceJson.Default.SettleRequest
            )
        );

    /// <summary>Ends jobs in this test's queue and returns their ids.</summary>
    private async Task<List<string>> EndAsync(int count, bool fails = false, string parameters = "{}")
    {
        var method = $"method-{Interlocked.Increment(ref _methods)}";
        var worker = await scene.JoinAsync(method);
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add(
                await scene.SubmitAsync($$"""{"method":"{{method}}","queue":"{{_queue}}","params":{{parameters}}}""")
            );
            var job = await worker.ClaimAsync();
            await (fails ? worker.FailAsync(job, "no") : worker.SucceedAsync(job, "done"));
        }
        return ids;
    }
}
