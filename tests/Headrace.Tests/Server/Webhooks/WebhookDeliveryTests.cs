using Headrace.Protocol.Json;
using Headrace.Tests.Server.Telemetry;
using Xunit;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>Tests what a running server sends to a receiver.</summary>
public sealed class WebhookDeliveryTests(WebhookScene scene) : IClassFixture<WebhookScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_ended_job_is_sent_once_with_its_result_and_the_position_follows()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        var webhook = await scene.CreateAsync(name, receiver.Url);

        var jobs = await scene.EndJobsAsync(name, 3);

        var received = new[] { await receiver.NextAsync(), await receiver.NextAsync(), await receiver.NextAsync() };
        Assert.Equal(jobs.Order(), received.Select(message => message.Job).Order());
        Assert.Equal(3, received.DistinctBy(message => message.Id).Count());
        Assert.All(
            received,
            message =>
            {
                Assert.Equal("job.succeeded", message.Type);
                Assert.Equal("done", message.Json.GetProperty("data").GetProperty("result").GetString());
                Assert.True(message.IsSignedWith(webhook.Secret!));
                Assert.Matches("^msg_[0-9a-f]{32}_[0-9]+_[0-9]+$", message.Id);
            }
        );
        var shown = await scene.SeesAsync("the acknowledgements", name, one => one is { Lag: 0, Delivered: 3 });
        Assert.Equal((3, 204, null, 0), (shown.Delivered, shown.LastStatus, shown.LastError, shown.Abandoned));
        Assert.NotNull(shown.LastDelivery);
        Assert.Null(receiver.Waiting);
    }

    [Fact]
    public async Task A_long_result_is_replaced_by_its_path()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);

        var job = Assert.Single(await scene.EndJobsAsync(name, 1, new string('x', (64 << 10) + 1)));

        var data = (await receiver.NextAsync()).Json.GetProperty("data");
        Assert.Equal($"/v1/jobs/{job}/result", data.GetProperty("resultUrl").GetString());
        Assert.False(data.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Failed_and_cancelled_jobs_are_sent_with_their_type_if_the_webhook_includes_them()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url, ",\"states\":\"failed\"");
        await scene.EndJobsAsync(name, 1);
        var id = await scene.SubmitAsync($$"""{"method":"noop","queue":"{{name}}"}""");

        using (await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}")) { }

        var received = await receiver.NextAsync();
        Assert.Equal(("job.cancelled", id), (received.Type, received.Job));
    }

    [Fact]
    public async Task A_webhook_from_the_first_job_sends_those_that_ended_before_it_existed()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        var jobs = await scene.EndJobsAsync(name, 2);

        await scene.CreateAsync(name, receiver.Url, ",\"from\":\"first\"");

        Assert.Equal(
            jobs.Order(),
            new[] { (await receiver.NextAsync()).Job, (await receiver.NextAsync()).Job }.Order()
        );
    }

    [Fact]
    public async Task What_ends_during_a_pause_is_sent_after_it()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        Assert.Equal("paused", (await scene.PostAsync(name, "pause")).State);
        var job = Assert.Single(await scene.EndJobsAsync(name, 1));
        Assert.Equal(1, (await scene.ShowAsync(name)).Lag);
        Assert.Null(receiver.Waiting);

        Assert.Equal("active", (await scene.PostAsync(name, "resume")).State);

        Assert.Equal(job, (await receiver.NextAsync()).Job);
    }

    [Fact]
    public async Task A_failed_delivery_is_repeated_with_the_same_id_and_body()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        receiver.Answer = _ => Receiver.Reply(500, "not now");
        await scene.EndJobsAsync(name, 1);
        var first = await receiver.NextAsync();
        var failing = await scene.SeesAsync("the failure", name, webhook => webhook.FailingSince is not null);

        receiver.Answer = _ => Receiver.Reply(200);
        var second = await receiver.NextAsync();

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(
            (500, "The receiver answered with status 500: not now.", 1),
            (failing.LastStatus, failing.LastError, failing.Lag)
        );
        Assert.NotNull(failing.NextAttempt);
        var recovered = await scene.SeesAsync("the recovery", name, webhook => webhook.FailingSince is null);
        Assert.Equal((200, null), (recovered.LastStatus, recovered.NextAttempt));
    }

    [Fact]
    public async Task A_receiver_that_answers_410_disables_the_webhook_until_it_is_resumed()
    {
        await using var receiver = new Receiver { Answer = _ => Receiver.Reply(410) };
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        using var events = await scene.GetAsync("/v1/events");
        using var lines = new StreamReader(await events.Content.ReadAsStreamAsync(Stop));

        var job = Assert.Single(await scene.EndJobsAsync(name, 1));
        var disabled = await scene.SeesAsync("the end of the webhook", name, webhook => webhook.State == "disabled");

        const string Reason = "The receiver answered with status 410: it accepts no further messages.";
        Assert.Equal((Reason, 1, null), (disabled.DisabledReason, disabled.Lag, disabled.NextAttempt));
        await Eventually.HoldsAsync(
            "the warning",
            () =>
                scene.Log.Lines.Any(line =>
                    line.StartsWith($"Warning: Webhook {name} is disabled. {Reason}", StringComparison.Ordinal)
                    && line.Contains($"headrace webhooks resume {name}", StringComparison.Ordinal)
                )
        );
        var published = await EventAsync(lines, "webhook");
        Assert.Contains($"\"name\":\"{name}\"", published, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"disabled\"", published, StringComparison.Ordinal);
        var audit = await Accounts.AccountScene.GetAsync(
            scene.Http,
            "/v1/audit?limit=100",
            HeadraceJson.Default.AuditPage
        );
        Assert.Contains(
            audit.Entries,
            entry => (entry.Who, entry.Action, entry.Target) == ("server", "disable webhook", name)
        );

        receiver.Answer = _ => Receiver.Reply(200);
        await receiver.NextAsync();
        var resumed = await scene.PostAsync(name, "resume");

        Assert.Equal(("active", null), (resumed.State, resumed.DisabledReason));
        Assert.Equal(job, (await receiver.NextAsync()).Job);
    }

    [Fact]
    public async Task During_a_rotation_both_secrets_sign()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        var before = await scene.CreateAsync(name, receiver.Url);
        var after = await scene.PostAsync(name, "rotate");

        await scene.EndJobsAsync(name, 1);
        var during = await receiver.NextAsync();
        using (
            await scene.SendAsync(HttpMethod.Post, $"/v1/webhooks/{name}:rotate", FrontScene.Json("""{"grace":"0s"}"""))
        ) { }
        await scene.EndJobsAsync(name, 1);
        var late = await receiver.NextAsync();

        Assert.True(during.IsSignedWith(before.Secret!) && during.IsSignedWith(after.Secret!));
        Assert.False(late.IsSignedWith(before.Secret!) || late.IsSignedWith(after.Secret!));
        Assert.Single(late.Headers["webhook-signature"].Split(' '));
    }

    [Fact]
    public async Task A_slow_delivery_does_not_delay_other_webhooks()
    {
        var release = new TaskCompletionSource();
        await using var slow = new Receiver
        {
            Behave = async (_, _, stop) =>
            {
                await release.Task.WaitAsync(stop);
                return false;
            },
        };
        await using var quick = new Receiver();
        var (first, second) = (scene.NewName(), scene.NewName());
        await scene.CreateAsync(first, slow.Url);
        await scene.CreateAsync(second, quick.Url);
        await scene.EndJobsAsync(first, 1);
        await slow.NextAsync();

        var job = Assert.Single(await scene.EndJobsAsync(second, 1));

        Assert.Equal(job, (await quick.NextAsync()).Job);
        release.SetResult();
    }

    [Fact]
    public async Task Deliveries_and_the_lag_are_metrics()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        await scene.EndJobsAsync(name, 2);
        await scene.SeesAsync("the acknowledgements", name, webhook => webhook.Delivered == 2);
        await scene.PostAsync(name, "pause");
        await scene.EndJobsAsync(name, 1);

        var metrics = await MetricsScene.ScrapeAsync(scene.Http);

        var label = ("webhook", name);
        Assert.Equal(2, metrics.Value("headrace_webhook_deliveries_total", label, ("outcome", "accepted")));
        Assert.Equal(0, metrics.Value("headrace_webhook_deliveries_total", label, ("outcome", "failed")));
        Assert.Equal(1, metrics.Value("headrace_webhook_lag", label));
    }

    /// <summary>Reads the stream up to the next event of this kind, and returns its data.</summary>
    private static async Task<string> EventAsync(StreamReader lines, string kind)
    {
        while (await Eventually.EndsAsync("an event", lines.ReadLineAsync(Stop).AsTask()) is { } line)
            if (line == $"event: {kind}")
                return await Eventually.EndsAsync("its data", lines.ReadLineAsync(Stop).AsTask()) ?? "";
        throw new EndOfStreamException($"The stream ended without an event '{kind}'.");
    }
}
