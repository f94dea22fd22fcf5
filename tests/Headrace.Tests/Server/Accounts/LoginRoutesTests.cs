using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

public sealed class LoginRoutesTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_logs_in_with_its_password_and_owns_its_jobs()
    {
        using var client = await scene.UserClientAsync("ada", "submitter");

        var id = await AccountScene.SubmitAsync(client);
        var job = await AccountScene.GetAsync(client, $"/v1/jobs/{id}", HeadraceJson.Default.JobReply);

        Assert.Equal("ada", job.Owner);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_user_are_answered_alike()
    {
        await scene.CreateUserAsync("wrong", "viewer");

        using var wrong = await scene.PostLoginAsync("wrong", "not the password");
        using var unknown = await scene.PostLoginAsync("nobody-here", AccountScene.Password);

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(await FrontScene.TextAsync(wrong), await FrontScene.TextAsync(unknown));
    }

    [Fact]
    public async Task A_refresh_token_works_once_and_its_second_use_ends_the_login()
    {
        await scene.CreateUserAsync("fresh", "viewer");
        var first = await scene.LogInAsync("fresh");

        var second = await RefreshAsync(first.RefreshToken);
        using var usedAgain = await PostAsync("/v1/login:refresh", first.RefreshToken);

        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(HttpStatusCode.Unauthorized, usedAgain.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(first.Token));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(second.Token));
        using var ended = await PostAsync("/v1/login:refresh", second.RefreshToken);
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
    }

    [Fact]
    public async Task Logging_out_ends_the_token_at_once_and_no_other_login()
    {
        await scene.CreateUserAsync("out", "viewer");
        var (one, other) = (await scene.LogInAsync("out"), await scene.LogInAsync("out"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(one.Token));

        using var logout = await PostAsync("/v1/logout", one.RefreshToken);
        using var again = await PostAsync("/v1/logout", one.RefreshToken);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (logout.StatusCode, again.StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(one.Token));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other.Token));
    }

    [Fact]
    public async Task Changes_of_a_user_act_on_the_next_request()
    {
        using var client = await scene.UserClientAsync("changed", "viewer");
        Assert.Equal(HttpStatusCode.Forbidden, await PostJobAsync(client));

        await PatchAsync("changed", """{"roles":["submitter"]}""");
        Assert.Equal(HttpStatusCode.Accepted, await PostJobAsync(client));
        await PatchAsync("changed", """{"disabled":true}""");
        Assert.Equal(HttpStatusCode.Unauthorized, await PostJobAsync(client));
        await PatchAsync("changed", """{"disabled":false}""");
        Assert.Equal(HttpStatusCode.Accepted, await PostJobAsync(client));
        using var removed = await scene.Http.DeleteAsync("/v1/users/changed", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, await PostJobAsync(client));
    }

    [Fact]
    public async Task A_removed_user_leaves_no_login_to_a_later_user_of_the_same_name()
    {
        using var client = await scene.UserClientAsync("again", "viewer");
        using var removed = await scene.Http.DeleteAsync("/v1/users/again", Stop);

        await scene.CreateUserAsync("again", "admin");

        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(client, "/v1/me"));
    }

    [Fact]
    public async Task Changing_the_password_requires_the_current_one_and_ends_all_logins()
    {
        using var client = await scene.UserClientAsync("pass", "viewer");

        using var without = await PutPasswordAsync(client, """{"password":"another password"}""");
        using var wrong = await PutPasswordAsync(
            client,
            """{"current":"something else","password":"another password"}"""
        );
        using var foreign = await client.PutAsync(
            "/v1/users/ada/password",
            FrontScene.Json("""{"current":"x","password":"another password"}"""),
            Stop
        );
        using var changed = await PutPasswordAsync(
            client,
            """{"current":"a long password","password":"another password"}"""
        );

        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(client, "/v1/me"));
        await scene.LogInAsync("pass", "another password");

        Task<HttpResponseMessage> PutPasswordAsync(HttpClient from, string json) =>
            from.PutAsync("/v1/users/pass/password", FrontScene.Json(json), Stop);
    }

    [Fact]
    public async Task A_token_that_was_changed_or_is_unsigned_is_rejected()
    {
        await scene.CreateUserAsync("forge", "viewer");
        var token = (await scene.LogInAsync("forge")).Token;
        var parts = token.Split('.');
        var payload = Encoding.UTF8.GetString(Decode(parts[1])).Replace("forge", "ada", StringComparison.Ordinal);
        var header = Encoding.UTF8.GetString(Decode(parts[0]));
        Assert.Contains("HS256", header, StringComparison.Ordinal);
        var none = Encode(header.Replace("HS256", "none", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token));
        foreach (
            var invalid in new[]
            {
                $"{parts[0]}.{Encode(payload)}.{parts[2]}",
                $"{none}.{parts[1]}.",
                $"{none}.{parts[1]}.{parts[2]}",
                $"{parts[0]}.{parts[1]}.",
                $"{parts[0]}.{parts[1]}",
                $"{token}x",
                "a.b.c",
                "..",
                new string('a', 9_000) + ".b.c",
            }
        )
            Assert.Equal((HttpStatusCode.Unauthorized, invalid), (await StatusAsync(invalid), invalid));
    }

    [Fact]
    public async Task A_token_of_a_server_with_another_store_is_rejected_by_name()
    {
        var other = new AccountScene();
        await other.InitializeAsync();
        await other.CreateUserAsync("ada", "admin");
        var token = (await other.LogInAsync("ada")).Token;
        await other.DisposeAsync();

        using var client = scene.Server.Client(token);
        using var response = await client.GetAsync("/v1/me", Stop);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(
            "The token was issued by a server with another store.",
            await FrontScene.TextAsync(response),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"password":"a long password"}""")]
    [InlineData("""{"user":"ada"}""")]
    [InlineData("""{"user":"ada","password":""}""")]
    [InlineData("""{"user":1,"password":"a long password"}""")]
    public async Task An_incomplete_login_is_rejected(string json)
    {
        using var response = await scene.Server.Client("").PostAsync("/v1/login", FrontScene.Json(json), Stop);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<LoginReply> RefreshAsync(string token)
    {
        using var response = await PostAsync("/v1/login:refresh", token);
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.LoginReply);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string refreshToken) =>
        scene
            .Server.Client("")
            .PostAsync(
                path,
                FrontScene.Json(
                    JsonSerializer.Serialize(
                        new RefreshRequest { RefreshToken = refreshToken },
                        HeadraceJson.Default.RefreshRequest
                    )
                ),
                Stop
            );

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var client = scene.Server.Client("");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await AccountScene.StatusAsync(client, "/v1/me");
    }

    private async Task PatchAsync(string user, string json)
    {
        using var response = await scene.Http.PatchAsync($"/v1/users/{user}", FrontScene.Json(json), Stop);
        Assert.True(response.IsSuccessStatusCode, await FrontScene.TextAsync(response));
    }

    private static async Task<HttpStatusCode> PostJobAsync(HttpClient client)
    {
        using var response = await client.PostAsync("/v1/jobs", FrontScene.Json("""{"method":"noop"}"""), Stop);
        return response.StatusCode;
    }

    private static byte[] Decode(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);

    private static string Encode(string text) =>
        System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
