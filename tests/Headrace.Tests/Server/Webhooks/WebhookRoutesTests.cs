using System.Net;
using Headrace.Protocol.Json;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Server.Webhooks;

/// <summary>Tests the life cycle of a webhook over HTTP, and which callers may see and change it.</summary>
public sealed class WebhookRoutesTests(WebhookScene scene) : IClassFixture<WebhookScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_webhook_is_created_with_a_secret_that_only_its_creation_and_rotation_show()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();

        var created = await scene.CreateAsync(name, receiver.Url, ",\"states\":\"all\",\"timeout\":\"5s\"");

        Assert.StartsWith("whsec_", created.Secret, StringComparison.Ordinal);
        Assert.Equal(
            (name, receiver.Url, name, "all", "active", "5s", "5d", "admin"),
            (
                created.Name,
                created.Url,
                created.Queue,
                created.States,
                created.State,
                created.Timeout,
                created.DisableAfter,
                created.CreatedBy
            )
        );
        var shown = await scene.ShowAsync(name);
        Assert.Equal(created with { Secret = null }, shown);
        using var list = await scene.GetAsync("/v1/webhooks");
        var listed = await FrontScene.TextAsync(list);
        Assert.Contains($"\"name\":\"{name}\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("whsec_", listed, StringComparison.Ordinal);

        var rotated = await scene.PostAsync(name, "rotate");

        Assert.StartsWith("whsec_", rotated.Secret, StringComparison.Ordinal);
        Assert.NotEqual(created.Secret, rotated.Secret);
        Assert.NotNull(rotated.PreviousValidUntil);
        Assert.Null((await scene.ShowAsync(name)).Secret);
    }

    [Fact]
    public async Task Every_secret_signs_until_its_own_grace_ends()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        var secrets = new List<string> { (await scene.CreateAsync(name, receiver.Url)).Secret! };
        var first = await scene.PostAsync(name, "rotate");
        secrets.Add(first.Secret!);
        for (var i = 0; i < 2; i++)
            secrets.Add((await scene.PostAsync(name, "rotate")).Secret!);

        await TestAsync(name);
        var message = await receiver.NextAsync();
        foreach (var secret in secrets)
            Assert.True(message.IsSignedWith(secret));
        using var refused = await scene.SendAsync(HttpMethod.Post, $"/v1/webhooks/{name}:rotate");
        await FrontScene.AssertRefusedAsync(
            refused,
            409,
            "limit-reached",
            $"The secret of webhook '{name}' cannot be replaced, because 3 replaced secrets still sign, which is the "
                + $"limit. Try again after {first.PreviousValidUntil:u}, or rotate with the grace 0s, after which only "
                + "the new secret signs."
        );

        using var rotated = await scene.SendAsync(
            HttpMethod.Post,
            $"/v1/webhooks/{name}:rotate",
            FrontScene.Json("""{"grace":"0s"}""")
        );
        var last = await FrontScene.ReadAsync(rotated, HttpStatusCode.OK, HeadraceJson.Default.WebhookReply);
        await TestAsync(name);
        message = await receiver.NextAsync();
        Assert.True(message.IsSignedWith(last.Secret!));
        Assert.All(secrets, secret => Assert.False(message.IsSignedWith(secret)));
        Assert.Null(last.PreviousValidUntil);
    }

    [Fact]
    public async Task Creating_it_again_changes_the_URL_and_the_times_but_not_the_queue()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);

        using var changed = await scene.PutAsync(
            name,
            $$"""{"url":"http://127.0.0.1:1/new","queue":"{{name}}","disableAfter":"1h"}"""
        );
        var webhook = await FrontScene.ReadAsync(changed, HttpStatusCode.OK, HeadraceJson.Default.WebhookReply);
        using var moved = await scene.PutAsync(name, $$"""{"url":"{{receiver.Url}}","queue":"elsewhere"}""");

        Assert.Equal(
            ("http://127.0.0.1:1/new", "15s", "1h", null),
            (webhook.Url, webhook.Timeout, webhook.DisableAfter, webhook.Secret)
        );
        await FrontScene.AssertRefusedAsync(
            moved,
            409,
            "name-in-use",
            $"Webhook '{name}' already exists and delivers succeeded jobs from queue '{name}'. Choose another name, or "
                + $"remove it first: headrace webhooks remove {name}."
        );
    }

    [Theory]
    [InlineData("""{"queue":"eu"}""", "The member 'url' is missing. Set it to the URL that receives the messages.")]
    [InlineData("""{"url":"hooks","queue":"eu"}""", "The URL 'hooks' is not valid. Use https://HOST/PATH.")]
    [InlineData("""{"url":"ftp://a/b","queue":"eu"}""", "The URL 'ftp://a/b' is not valid. Use https://HOST/PATH.")]
    [InlineData(
        """{"url":"https://a.example:0/","queue":"eu"}""",
        "The URL 'https://a.example:0/' is not valid. Use https://HOST/PATH."
    )]
    [InlineData(
        """{"url":"https://a.example/path#part","queue":"eu"}""",
        "The URL of a.example contains '#', but the part after it is never sent. Remove that part."
    )]
    [InlineData(
        """{"url":"https://168.63.129.16/","queue":"eu"}""",
        "Webhooks cannot be sent to 168.63.129.16, which is not a public address reached over https. To allow it, "
            + "add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
    )]
    [InlineData(
        """{"url":"https://me:pw@a.example/","queue":"eu"}""",
        "The URL of a.example contains a user name or password. Remove it; the signature identifies the sender."
    )]
    [InlineData(
        """{"url":"https://169.254.169.254/latest","queue":"eu"}""",
        "Webhooks cannot be sent to 169.254.169.254, which is not a public address reached over https. To allow "
            + "it, add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
    )]
    [InlineData(
        """{"url":"https://[::ffff:10.0.0.1]/","queue":"eu"}""",
        "Webhooks cannot be sent to ::ffff:10.0.0.1, which is not a public address reached over https. To allow "
            + "it, add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
    )]
    [InlineData(
        """{"url":"http://0x0a000001/","queue":"eu"}""",
        "Webhooks cannot be sent to 10.0.0.1, which is not a public address reached over https. To allow it, "
            + "add it or its network to HEADRACE_WEBHOOKS__NETWORKS and restart the server."
    )]
    [InlineData(
        """{"url":"https://a.example/"}""",
        "The member 'queue' is missing. Set it to the queue whose ended jobs the webhook delivers."
    )]
    [InlineData(
        """{"url":"https://a.example/","queue":"eu","states":"done"}""",
        "states 'done' is not valid. Use succeeded, failed or all."
    )]
    [InlineData(
        """{"url":"https://a.example/","queue":"eu","from":"last"}""",
        "from 'last' is not valid. Use now or first."
    )]
    [InlineData(
        """{"url":"https://a.example/","queue":"eu","timeout":"2m"}""",
        "timeout '2m' is not valid. Use 1s to 1m, such as \"15s\"."
    )]
    [InlineData(
        """{"url":"https://a.example/","queue":"eu","disableAfter":"1s"}""",
        "disableAfter '1s' is not valid. Use 1m to 30d, such as \"5d\"."
    )]
    public async Task An_invalid_webhook_is_rejected_with_the_remedy(string json, string detail)
    {
        using var response = await scene.PutAsync("invalid", json);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
        using var feed = await scene.GetAsync("/v1/feeds/webhook.invalid");
        Assert.Equal(HttpStatusCode.NotFound, feed.StatusCode);
    }

    [Fact]
    public async Task A_URL_that_is_too_long_and_a_name_that_is_too_long_are_rejected()
    {
        using var url = await scene.PutAsync(
            "long",
            $$"""{"url":"https://a.example/{{new string('a', 2_000)}}","queue":"eu"}"""
        );
        using var name = await scene.PutAsync(new string('a', 57), """{"url":"https://a.example/","queue":"eu"}""");

        await FrontScene.AssertRefusedAsync(url, 400, "bad-request", "The URL has 2018 characters. The limit is 2000.");
        await FrontScene.AssertRefusedAsync(
            name,
            400,
            "bad-request",
            $"'{new string('a', 57)}' is not a valid webhook name. Use 1 to 56 characters from a-z, 0-9, '.', '_' "
                + "and '-', starting with a letter or digit."
        );
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", ":pause")]
    [InlineData("POST", ":resume")]
    [InlineData("POST", ":test")]
    [InlineData("POST", ":rotate")]
    public async Task A_webhook_that_does_not_exist_is_not_found(string method, string action)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), $"/v1/webhooks/nowhere{action}");

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no webhook 'nowhere'. 'headrace webhooks' (GET /v1/webhooks) lists the webhooks, and 'headrace "
                + "webhooks add nowhere URL --queue QUEUE' (PUT /v1/webhooks/nowhere) creates it."
        );
    }

    [Fact]
    public async Task A_viewer_of_the_queue_sees_the_host_only_and_others_do_not_see_the_webhook()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        using var viewer = await scene.KeyClientAsync($"{name}-v", $"viewer={name}");
        using var stranger = await scene.KeyClientAsync($"{name}-s", "viewer=elsewhere");

        var seen = await AccountScene.GetAsync(viewer, $"/v1/webhooks/{name}", HeadraceJson.Default.WebhookReply);

        Assert.Equal($"http://127.0.0.1:{receiver.Port}", seen.Url);
        using var hidden = await stranger.GetAsync($"/v1/webhooks/{name}", Stop);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.DoesNotContain(
            await AccountScene.GetAsync(stranger, "/v1/webhooks", HeadraceJson.Default.IReadOnlyListWebhookReply),
            webhook => webhook.Name == name
        );
    }

    [Fact]
    public async Task Its_feed_is_created_and_removed_with_it_and_by_nobody_else()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        var detail =
            $"The feed name 'webhook.{name}' is reserved for the webhook '{name}', which creates and deletes its feed. "
            + "Use /v1/webhooks, or another name.";

        using (var feed = await scene.GetAsync($"/v1/feeds/webhook.{name}"))
            Assert.Equal(HttpStatusCode.OK, feed.StatusCode);
        using (var deleted = await scene.SendAsync(HttpMethod.Delete, $"/v1/feeds/webhook.{name}"))
            await FrontScene.AssertRefusedAsync(deleted, 400, "bad-request", detail);
        using (
            var created = await scene.SendAsync(
                HttpMethod.Put,
                $"/v1/feeds/webhook.{name}",
                FrontScene.Json($$"""{"queue":"{{name}}"}""")
            )
        )
            await FrontScene.AssertRefusedAsync(created, 400, "bad-request", detail);

        using (var removed = await scene.SendAsync(HttpMethod.Delete, $"/v1/webhooks/{name}"))
            Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using var gone = await scene.GetAsync($"/v1/feeds/webhook.{name}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task If_the_feed_cannot_be_created_no_webhook_exists()
    {
        var queue = scene.NewName();
        for (var i = 0; i < 16; i++)
            using (
                await scene.SendAsync(
                    HttpMethod.Put,
                    $"/v1/feeds/{queue}-{i}",
                    FrontScene.Json($$"""{"queue":"{{queue}}"}""")
                )
            ) { }

        using var response = await scene.PutAsync(queue, $$"""{"url":"https://a.example/","queue":"{{queue}}"}""");

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "limit-reached",
            $"The feed cannot be created because queue '{queue}' has reached the limit of 16 feeds. Use an existing "
                + "feed, or delete one."
        );
        using var webhook = await scene.GetAsync($"/v1/webhooks/{queue}");
        Assert.Equal(HttpStatusCode.NotFound, webhook.StatusCode);
    }

    [Fact]
    public async Task Each_change_is_in_the_audit_log_without_secrets_and_paths()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        await scene.CreateAsync(name, receiver.Url);
        await scene.PostAsync(name, "pause");
        await scene.PostAsync(name, "resume");
        await scene.PostAsync(name, "rotate");
        using (await scene.SendAsync(HttpMethod.Delete, $"/v1/webhooks/{name}")) { }

        var page = await AccountScene.GetAsync(scene.Http, "/v1/audit?limit=100", HeadraceJson.Default.AuditPage);

        var entries = page.Entries.Where(entry => entry.Target == name).Reverse().ToList();
        Assert.Equal(
            ["create webhook", "pause webhook", "resume webhook", "rotate webhook", "remove webhook"],
            entries.Select(entry => entry.Action)
        );
        Assert.All(entries, entry => Assert.Equal("admin", entry.Who));
        var origin = $"url=http://127.0.0.1:{receiver.Port} queue={name} states=succeeded";
        Assert.Equal((null, $"active {origin}"), (entries[0].Before, entries[0].After));
        Assert.Equal(($"active {origin}", $"paused {origin}"), (entries[1].Before, entries[1].After));
        Assert.DoesNotContain(
            entries,
            entry => $"{entry.Before}{entry.After}".Contains("whsec_", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_test_message_is_signed_and_sent_even_if_the_webhook_is_paused()
    {
        await using var receiver = new Receiver();
        var name = scene.NewName();
        var created = await scene.CreateAsync(name, receiver.Url);
        await scene.PostAsync(name, "pause");

        var accepted = await TestAsync(name);
        receiver.Answer = _ => Receiver.Reply(404, "no such hook");
        var failed = await TestAsync(name);

        Assert.Equal((true, 204, null), (accepted.Accepted, accepted.Status, accepted.Error));
        Assert.Equal(
            (false, 404, "The receiver answered with status 404: no such hook."),
            (failed.Accepted, failed.Status, failed.Error)
        );
        var received = await receiver.NextAsync();
        Assert.Equal("webhook.test", received.Type);
        Assert.Equal(name, received.Json.GetProperty("data").GetProperty("webhook").GetString());
        Assert.True(received.IsSignedWith(created.Secret!));
        Assert.NotEqual(received.Id, (await receiver.NextAsync()).Id);
    }

    private async Task<WebhookTestReply> TestAsync(string name)
    {
        using var response = await scene.SendAsync(HttpMethod.Post, $"/v1/webhooks/{name}:test");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.WebhookTestReply);
    }
}
