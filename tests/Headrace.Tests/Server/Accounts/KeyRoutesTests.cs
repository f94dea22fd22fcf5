using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

public sealed class KeyRoutesTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_shown_once_and_works_at_once()
    {
        var created = await scene.CreateKeyAsync(new CreateKeyRequest { Name = "once", Roles = ["viewer"] });
        using var client = scene.Server.Client(created.Key);

        Assert.Matches("^hrk_once_[A-Za-z0-9_-]{43}$", created.Key);
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/jobs"));
        var listed = (await ListAsync()).Single(key => key.Name == "once");
        Assert.Null(listed.Key);
        Assert.Equal(("viewer", "admin"), (Assert.Single(listed.Roles), listed.CreatedBy));
    }

    [Fact]
    public async Task A_key_has_only_its_roles_and_its_name_owns_its_jobs()
    {
        using var client = await scene.KeyClientAsync("roles", "submitter=roles-eu");
        var id = await AccountScene.SubmitAsync(client, "roles-eu");

        var job = await AccountScene.GetAsync(client, $"/v1/jobs/{id}", HeadraceJson.Default.JobReply);
        using var denied = await client.GetAsync("/v1/keys", Stop);
        var me = await AccountScene.GetAsync(client, "/v1/me", HeadraceJson.Default.CallerReply);

        Assert.Equal("key:roles", job.Owner);
        await FrontScene.AssertRefusedAsync(
            denied,
            403,
            "forbidden",
            "GET /v1/keys requires the role admin for all queues, and 'key:roles' has only submitter=roles-eu. Use a "
                + "key that has the required permission."
        );
        Assert.Equal(("key:roles", "submitter=roles-eu"), (me.Name, Assert.Single(me.Roles)));
    }

    [Fact]
    public async Task A_revoked_key_is_rejected_with_the_next_request()
    {
        using var client = await scene.KeyClientAsync("revoked", "viewer");
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/jobs"));

        using var revoke = await scene.Http.DeleteAsync("/v1/keys/revoked", Stop);
        using var response = await client.GetAsync("/v1/jobs", Stop);

        Assert.Equal(HttpStatusCode.OK, revoke.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(
            "The API key 'revoked' is not valid on this server or has been revoked.",
            await FrontScene.TextAsync(response),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_rotated_key_replaces_the_old_one_which_remains_valid_for_the_grace_period()
    {
        var old = (await scene.CreateKeyAsync(new CreateKeyRequest { Name = "turn", Roles = ["viewer"] })).Key;

        var second = await RotateAsync("turn", """{"grace":"1h"}""");
        var withGrace = await StatusesAsync(old, second.Key);
        var third = await RotateAsync("turn", "");
        var without = await StatusesAsync(old, second.Key, third.Key);

        Assert.NotNull(second.PreviousValidUntil);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], withGrace);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.OK], without);
    }

    [Fact]
    public async Task A_key_of_a_user_owns_its_jobs_as_that_user_and_has_the_roles_of_both()
    {
        await scene.CreateUserAsync("carol", "submitter=carol-eu");
        var key = await scene.CreateKeyAsync(
            new CreateKeyRequest
            {
                Name = "carols",
                Roles = ["admin"],
                User = "carol",
            }
        );
        using var client = scene.Server.Client(key.Key);

        var id = await AccountScene.SubmitAsync(client, "carol-eu");
        var job = await AccountScene.GetAsync(client, $"/v1/jobs/{id}", HeadraceJson.Default.JobReply);
        var me = await AccountScene.GetAsync(client, "/v1/me", HeadraceJson.Default.CallerReply);

        Assert.Equal("carol", job.Owner);
        Assert.Equal(["submitter=carol-eu"], me.Roles);
        Assert.Equal(HttpStatusCode.Forbidden, await AccountScene.StatusAsync(client, "/v1/keys"));
        using var removed = await scene.Http.DeleteAsync("/v1/users/carol", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(client, "/v1/jobs"));
        Assert.DoesNotContain(await ListAsync(), one => one.Name == "carols");
    }

    [Theory]
    [InlineData("""{"roles":["viewer"]}""", "The member 'name' is missing. Set it to the name of the key.")]
    [InlineData("""{"name":"a b","roles":["viewer"]}""", "'a b' is not a valid name for a key.")]
    [InlineData("""{"name":"admin","roles":["viewer"]}""", "The name 'admin' is reserved")]
    [InlineData("""{"name":"x"}""", "The member 'roles' is missing.")]
    [InlineData("""{"name":"x","roles":["viewer",null]}""", "'null' is not a valid role.")]
    [InlineData("""{"name":"x","roles":["boss"]}""", "'boss' is not a valid role. Use a role (viewer, submitter,")]
    [InlineData("""{"name":"x","roles":["viewer"],"user":"nobody"}""", "There is no user 'nobody'.")]
    [InlineData(
        """{"name":"x","roles":["viewer"],"expires":"2001-01-01T00:00:00Z"}""",
        "The key would expire at 2001-01-01 00:00:00Z, which is in the past."
    )]
    [InlineData("""{"name":"x","roles":["worker","viewer"]}""", "A worker's key cannot have other roles.")]
    [InlineData("""{"name":"x","roles":["worker"],"pool":"P"}""", "'P' is not a valid pool name.")]
    [InlineData("""{"name":"x","rolls":["viewer"]}""", "There is no member 'rolls'. Valid members: name, roles")]
    [InlineData("""{"name":"x","roles":"viewer"}""", "($.roles): it must be an array of strings.")]
    [InlineData("""{"name":"x","name":"y"}""", "the member 'name' occurs twice.")]
    [InlineData("""{"name":"\ud800"}""", "($.name): it contains a lone surrogate")]
    [InlineData("""["x"]""", "The JSON is not valid at line 1, byte")]
    [InlineData("null", "The JSON is null. Send an object.")]
    [InlineData("", "The JSON is not valid at line 1, byte 1")]
    public async Task An_invalid_request_is_rejected_with_the_value_and_the_remedy(string json, string detail)
    {
        using var response = await scene.Http.PostAsync("/v1/keys", FrontScene.Json(json), Stop);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_in_use_is_rejected_and_the_key_stays()
    {
        using var client = await scene.KeyClientAsync("taken", "viewer");

        using var response = await scene.Http.PostAsync(
            "/v1/keys",
            FrontScene.Json("""{"name":"taken","roles":["admin"]}"""),
            Stop
        );

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "name-in-use",
            "A key named 'taken' already exists. Choose another name, or rotate or revoke that key."
        );
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/jobs"));
    }

    [Fact]
    public async Task Revoking_or_rotating_an_unknown_key_is_not_found()
    {
        using var revoke = await scene.Http.DeleteAsync("/v1/keys/nosuch", Stop);
        using var rotate = await scene.Http.PostAsync("/v1/keys/nosuch:rotate", null, Stop);

        const string Detail = "There is no key 'nosuch'. GET /v1/keys lists the keys.";
        await FrontScene.AssertRefusedAsync(revoke, 404, "not-found", Detail);
        await FrontScene.AssertRefusedAsync(rotate, 404, "not-found", Detail);
    }

    [Fact]
    public async Task The_last_use_is_recorded_once_and_not_for_every_request()
    {
        using var client = await scene.KeyClientAsync("used", "viewer");
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/jobs"));
        var used = await Eventually.SeesAsync(
            "the time of the last use",
            async () => (await ListAsync()).Single(key => key.Name == "used") is { LastUsed: not null } key ? key : null
        );

        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(client, "/v1/jobs"));

        // The use of the other key is recorded after these uses. Once that use is visible, these uses would be visible,
        // too.
        using var other = await scene.KeyClientAsync("used-later", "viewer");
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(other, "/v1/jobs"));
        var keys = await Eventually.SeesAsync(
            "the last use of the other key",
            async () =>
                await ListAsync() is var all && all.Any(key => key is { Name: "used-later", LastUsed: not null })
                    ? all
                    : null
        );
        Assert.Equal(used.LastUsed, keys.Single(key => key.Name == "used").LastUsed);
    }

    [Fact]
    public async Task The_key_of_a_worker_exchanges_messages_in_its_pool_and_nothing_else()
    {
        var key = await scene.CreateKeyAsync(
            new CreateKeyRequest
            {
                Name = "far",
                Roles = ["worker"],
                Pool = "far",
            }
        );
        using var client = scene.Server.Client(key.Key);

        using var exchange = await ExchangeAsync(client, "far-1", "far");
        using var otherPool = await ExchangeAsync(client, "far-1", "near");
        using var noPool = await ExchangeAsync(client, "far-1", "");
        using var submit = await client.PostAsync("/v1/jobs", FrontScene.Json("""{"method":"noop"}"""), Stop);

        Assert.True(exchange.StatusCode == HttpStatusCode.OK, await FrontScene.TextAsync(exchange));
        await AssertForbiddenAsync(
            otherPool,
            "The key belongs to workers in pool 'far', but worker 'far-1' is in pool 'near'."
        );
        await AssertForbiddenAsync(
            noPool,
            "The key belongs to workers in pool 'far', but worker 'far-1' specifies no pool."
        );
        Assert.Equal(HttpStatusCode.Forbidden, submit.StatusCode);
    }

    [Fact]
    public async Task The_key_of_a_pool_cannot_speak_for_a_worker_of_another_pool_even_if_it_knows_its_incarnation()
    {
        using var near = await ExchangeAsync(scene.Http, "near-1", "near");
        Assert.Equal(HttpStatusCode.OK, near.StatusCode);
        using var client = scene.Server.Client(
            (
                await scene.CreateKeyAsync(
                    new CreateKeyRequest
                    {
                        Name = "thief",
                        Roles = ["worker"],
                        Pool = "far",
                    }
                )
            ).Key
        );

        using var exchange = await ExchangeAsync(client, "near-1", "far");
        using var report = await client.PostAsync(
            "/v1/workers/near-1/exchange",
            FrontScene.Json("""{"worker":"near-1","incarnation":"7"}"""),
            Stop
        );

        foreach (var response in new[] { exchange, report })
            await AssertForbiddenAsync(
                response,
                "The name 'near-1' belongs to a worker in pool 'near', but the key is limited to pool 'far'."
            );
        var workers = await AccountScene.GetAsync(
            scene.Http,
            "/v1/workers",
            HeadraceJson.Default.IReadOnlyListWorkerReply
        );
        Assert.Equal("near", workers.Single(worker => worker.Name == "near-1").Pool);
    }

    private static async Task AssertForbiddenAsync(HttpResponseMessage response, string reason)
    {
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(reason, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> ExchangeAsync(HttpClient client, string worker, string pool) =>
        client.PostAsync(
            $"/v1/workers/{worker}/exchange",
            FrontScene.Json(
                $$"""
                {"worker":"{{worker}}","incarnation":"7","exchangeNumber":"1","pool":"{{pool}}","slots":1,
                 "offers":[{"method":"{{worker}}","version":1,"schema":"{}"}]}
                """
            ),
            Stop
        );

    private async Task<IReadOnlyList<KeyReply>> ListAsync() =>
        await AccountScene.GetAsync(scene.Http, "/v1/keys", HeadraceJson.Default.IReadOnlyListKeyReply);

    private async Task<KeyReply> RotateAsync(string name, string json)
    {
        using var response = await scene.Http.PostAsync($"/v1/keys/{name}:rotate", FrontScene.Json(json), Stop);
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.KeyReply);
    }

    private async Task<List<HttpStatusCode>> StatusesAsync(params string?[] keys)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var key in keys)
        {
            using var client = scene.Server.Client(key);
            statuses.Add(await AccountScene.StatusAsync(client, "/v1/jobs"));
        }
        return statuses;
    }
}
