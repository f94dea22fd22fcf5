using System.Net;
using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Accounts;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>Tests logins and other uses of credentials while the user is changed or removed.</summary>
public sealed class LoginRaceTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private const string Changed = """{"password":"another password"}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_password_that_was_verified_before_it_was_changed_starts_no_login()
    {
        await scene.CreateUserAsync("race1", "viewer");
        var verified = Users.Find("race1")!;
        using var change = await PutPasswordAsync("race1");

        var login = await Tokens.StartAsync(Context(), verified);

        Assert.Equal(HttpStatusCode.NoContent, change.StatusCode);
        Assert.Equal((401, false), (login.Problem?.Kind.Status, login.TryGet(out _, out _)));
        Assert.Empty(Sessions.Of("race1"));
    }

    [Fact]
    public async Task A_user_that_was_verified_and_then_removed_and_created_again_is_another_user()
    {
        await scene.CreateUserAsync("race2", "viewer");
        var verified = Users.Find("race2")!;
        using (await scene.Http.DeleteAsync("/v1/users/race2", Stop)) { }
        await scene.CreateUserAsync("race2", "admin");

        var login = await Tokens.StartAsync(Context(), verified);

        Assert.Equal(401, login.Problem?.Kind.Status);
    }

    [Theory]
    [InlineData("""{"disabled":true}""", false)]
    [InlineData("""{"roles":["operator"]}""", true)]
    public async Task A_user_that_was_verified_and_then_changed_logs_in_unless_it_is_disabled(
        string change,
        bool logsIn
    )
    {
        var name = logsIn ? "race3" : "race4";
        await scene.CreateUserAsync(name, "viewer");
        var verified = Users.Find(name)!;
        using (await scene.Http.PatchAsync($"/v1/users/{name}", FrontScene.Json(change), Stop)) { }

        Assert.Equal(logsIn, (await Tokens.StartAsync(Context(), verified)).TryGet(out _, out _));
    }

    [Fact]
    public async Task No_login_with_the_old_password_is_valid_after_a_change_of_the_password()
    {
        await scene.CreateUserAsync("race5", "viewer");

        var logins = Enumerable.Range(0, 12).Select(_ => scene.PostLoginAsync("race5", AccountScene.Password)).ToList();
        using var change = await PutPasswordAsync("race5");
        var replies = await Task.WhenAll(logins);

        Assert.Equal(HttpStatusCode.NoContent, change.StatusCode);
        foreach (var reply in replies.Where(reply => reply.IsSuccessStatusCode))
            await AssertEndedAsync(reply);
    }

    [Fact]
    public async Task A_login_whose_document_the_change_of_the_password_has_missed_is_not_valid()
    {
        await scene.CreateUserAsync("race6", "viewer");
        using var reply = await scene.PostLoginAsync("race6", AccountScene.Password);
        var user = Users.Find("race6")!;

        // Writes the change in the same way as another request would, but does not delete the login.
        var changed = user.Document.WithPassword(user.Document.PasswordHash);
        await scene.Server.Server.Registry.WriteAsync([UserPath.Put("race6", changed, user.Version)], Stop);

        Assert.Single(Sessions.Of("race6"));
        await AssertEndedAsync(reply);
    }

    [Fact]
    public async Task A_key_of_a_removed_user_does_not_act_for_a_later_user_of_the_same_name()
    {
        await scene.CreateUserAsync("race7", "viewer");
        var key = await scene.CreateKeyAsync(
            new CreateKeyRequest
            {
                Name = "race7-key",
                Roles = ["viewer"],
                User = "race7",
            }
        );
        var user = Users.Find("race7")!;
        // Writes the removal in the same way as another request would, but does not delete the key.
        await scene.Server.Server.Registry.WriteAsync(
            [new RegistryWrite.Delete(UserDocument.Kind, "race7", user.Version)],
            Stop
        );
        await scene.CreateUserAsync("race7", "admin");

        using var client = scene.Server.Client(key.Key);
        using var response = await client.GetAsync("/v1/me", Stop);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(
            "The API key 'race7-key' acts on behalf of the user 'race7', who does not exist, is disabled, or was "
                + "created after the key.",
            JsonSerializer.Deserialize(await FrontScene.TextAsync(response), HeadraceJson.Default.ProblemReply)!.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_refresh_token_that_is_used_twice_at_the_same_time_ends_the_login()
    {
        await scene.CreateUserAsync("race8", "viewer");
        var login = await scene.LogInAsync("race8");
        var session = Sessions.Of("race8").Single();

        // Both requests read the login before either of them changes it.
        var uses = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Tokens.RefreshAsync(Context(), login.RefreshToken))
        );

        Assert.InRange(uses.Count(use => use.TryGet(out _, out _)), 0, 1);
        Assert.Null(Sessions.Find(session.Id));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(login.Token));
    }

    [Fact]
    public async Task More_logins_at_once_than_a_user_may_have_end_the_oldest_and_all_succeed()
    {
        await scene.CreateUserAsync("race9", "viewer");
        var user = Users.Find("race9")!;

        var logins = await Task.WhenAll(
            Enumerable.Range(0, 3 * SessionTokens.MaxPerUser / 2).Select(_ => Tokens.StartAsync(Context(), user))
        );

        Assert.All(logins, login => Assert.Null(login.Problem));
    }

    private Users Users => Part<Users>();

    private Sessions Sessions => Part<Sessions>();

    private SessionTokens Tokens => Part<SessionTokens>();

    private T Part<T>()
        where T : notnull => scene.Server.Server.Services.GetRequiredService<T>();

    private static DefaultHttpContext Context() => new();

    private Task<HttpResponseMessage> PutPasswordAsync(string user) =>
        scene.Http.PutAsync($"/v1/users/{user}/password", FrontScene.Json(Changed), Stop);

    /// <summary>Asserts that neither the token nor the refresh token of a login is valid.</summary>
    private async Task AssertEndedAsync(HttpResponseMessage reply)
    {
        var login = JsonSerializer.Deserialize(await FrontScene.TextAsync(reply), HeadraceJson.Default.LoginReply)!;
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(login.Token));
        Assert.Equal(401, (await Tokens.RefreshAsync(Context(), login.RefreshToken)).Problem?.Kind.Status);
    }

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var client = scene.Server.Client(token);
        return await AccountScene.StatusAsync(client, "/v1/me");
    }
}
