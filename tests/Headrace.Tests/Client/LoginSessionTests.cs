using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Client;

/// <summary>Tests how a user's clients obtain the next token for a login.</summary>
public sealed class LoginSessionTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private ScriptedServer? _server;

    private ServerEndpoint Endpoint =>
        ServerEndpoint.TryParse(_server!.Url, out var endpoint) ? endpoint : throw new InvalidOperationException();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;
        StoredLogin.Delete(Endpoint);
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_token_that_does_not_expire_soon_is_used_without_a_request()
    {
        await StartAsync();
        using var session = Session(Login("first", minutes: 2));

        Assert.Equal("first", await session.GetTokenAsync(Stop));
        Assert.Empty(_server!.Seen);
    }

    [Fact]
    public async Task The_next_token_is_obtained_a_minute_before_the_current_one_expires_and_stored()
    {
        await StartAsync(Reply("second"));
        using var session = Session(Login("first", minutes: 2));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("second", await session.GetTokenAsync(Stop));
        Assert.Equal("second", await session.GetTokenAsync(Stop));

        var seen = Assert.Single(_server!.Seen);
        Assert.Equal("POST /v1/login:refresh", seen.Line);
        Assert.Contains("hrr_first", seen.Body, StringComparison.Ordinal);
        Assert.Equal("", seen.Authorization);
        Assert.Equal(("second", "hrr_second"), (Stored().Token, Stored().RefreshToken));
    }

    [Fact]
    public async Task Processes_that_share_a_login_use_each_refresh_token_once()
    {
        await StartAsync(Reply("second"));
        var old = Login("first", minutes: 0);
        var sessions = Enumerable.Range(0, 8).Select(_ => Session(old)).ToList();

        // The waiting sessions try to take the lock again when the clock advances.
        var tokens = Task.WhenAll(sessions.Select(session => session.GetTokenAsync(Stop).AsTask()));
        await Headrace.Tests.Server.Eventually.HoldsAsync(
            "all sessions to have the token",
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(50));
                return tokens.IsCompleted;
            }
        );

        Assert.All(await tokens, token => Assert.Equal("second", token));
        Assert.Single(_server!.Seen);
        sessions.ForEach(session => session.Dispose());
    }

    [Fact]
    public async Task A_login_that_has_ended_is_reported_with_the_words_of_the_server()
    {
        await StartAsync(ScriptedServer.Json(401, ScriptedServer.Problem(401, "unauthorized", "The login has ended.")));
        using var session = Session(Login("first", minutes: 0));

        var rejected = await Assert.ThrowsAsync<HeadraceProblemException>(async () =>
            await session.GetTokenAsync(Stop)
        );

        Assert.Contains("The login has ended.", rejected.Message, StringComparison.Ordinal);
        Assert.Equal("first", Stored().Token);
    }

    private async Task StartAsync(params Act[] script) => _server = await ScriptedServer.StartAsync(script);

    private LoginSession Session(StoredLogin login) =>
        new(login, Endpoint, new HttpClient { BaseAddress = Endpoint.Url }, _time);

    private StoredLogin Stored() => StoredLogin.Read(Endpoint)!;

    /// <summary>Stores a login whose token expires in a few minutes.</summary>
    private StoredLogin Login(string token, int minutes)
    {
        var login = new StoredLogin(
            Endpoint.ToString(),
            "ada",
            token,
            _time.GetUtcNow().AddMinutes(minutes),
            $"hrr_{token}",
            _time.GetUtcNow().AddDays(30)
        );
        login.Write(Endpoint);
        return login;
    }

    private Act Reply(string token) =>
        ScriptedServer.Json(
            200,
            JsonSerializer.Serialize(
                new LoginReply
                {
                    User = "ada",
                    Token = token,
                    Expires = _time.GetUtcNow().AddMinutes(15),
                    RefreshToken = $"hrr_{token}",
                    RefreshExpires = _time.GetUtcNow().AddDays(30),
                },
                HeadraceJson.Default.LoginReply
            )
        );
}
