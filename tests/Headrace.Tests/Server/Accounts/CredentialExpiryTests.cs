using System.Net;
using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Accounts;
using Headrace.Server.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>Tests how long credentials are valid, with a clock that the test controls.</summary>
public sealed class CredentialExpiryTests : IAsyncLifetime
{
    private readonly TimedAccountScene _scene = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _scene.InitializeAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_token_is_valid_for_15_minutes_and_30_seconds_of_clock_skew()
    {
        await _scene.CreateUserAsync("ada", "viewer");
        var used = await _scene.LogInAsync("ada");
        // Tokens are cached after their first use, so both paths are tested.
        var (unused, late) = (await _scene.LogInAsync("ada"), await _scene.LogInAsync("ada"));
        Assert.Equal(_scene.Time.GetUtcNow().AddMinutes(15), used.Expires);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(used.Token));

        _scene.Time.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(29));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(used.Token));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(unused.Token));

        _scene.Time.Advance(TimeSpan.FromSeconds(2));
        await AssertExpiredAsync(used.Token, "The token expired at");
        await AssertExpiredAsync(unused.Token, "The token expired at");
        await AssertExpiredAsync(late.Token, "The token expired at");
    }

    [Fact]
    public async Task An_API_key_is_valid_until_it_expires_and_not_for_a_moment_longer()
    {
        var key = await _scene.CreateKeyAsync(
            new CreateKeyRequest
            {
                Name = "short",
                Roles = ["viewer"],
                Expires = _scene.Time.GetUtcNow().AddHours(1),
            }
        );

        _scene.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(key.Key!));
        _scene.Time.Advance(TimeSpan.FromTicks(1));
        await AssertExpiredAsync(key.Key!, "The API key 'short' expired at 2026-11-30 13:00:00Z.");
    }

    [Fact]
    public async Task A_replaced_key_is_valid_until_its_grace_period_ends()
    {
        var old = await _scene.CreateKeyAsync(new CreateKeyRequest { Name = "turned", Roles = ["viewer"] });
        using var rotated = await _scene.PostAsync("/v1/keys/turned:rotate", FrontScene.Json("""{"grace":"1h"}"""));
        var next = await FrontScene.ReadAsync(rotated, HttpStatusCode.OK, HeadraceJson.Default.KeyReply);

        _scene.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(old.Key!));
        _scene.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(old.Key!));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(next.Key!));
    }

    [Fact]
    public async Task A_refresh_token_is_valid_for_30_days_after_its_last_use()
    {
        await _scene.CreateUserAsync("ada", "viewer");
        var first = await _scene.LogInAsync("ada");

        _scene.Jump(TimeSpan.FromDays(29));
        using var refreshed = await RefreshAsync(first.RefreshToken);
        var second = await FrontScene.ReadAsync(refreshed, HttpStatusCode.OK, HeadraceJson.Default.LoginReply);
        _scene.Jump(TimeSpan.FromDays(29));
        using var again = await RefreshAsync(second.RefreshToken);
        var third = await FrontScene.ReadAsync(again, HttpStatusCode.OK, HeadraceJson.Default.LoginReply);
        _scene.Jump(TimeSpan.FromDays(30));
        using var expired = await RefreshAsync(third.RefreshToken);

        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
    }

    [Fact]
    public async Task Expired_logins_are_removed_hourly_and_others_stay()
    {
        await _scene.CreateUserAsync("ada", "viewer");
        await _scene.LogInAsync("ada");
        _scene.Jump(TimeSpan.FromDays(29));
        await _scene.LogInAsync("ada");
        Assert.Equal(2, Logins());

        _scene.Jump(TimeSpan.FromDays(1));
        _scene.Time.Advance(TimeSpan.FromHours(1));

        await Eventually.HoldsAsync("the expired login to be removed", () => Logins() == 1);

        int Logins() => _scene.Server.Server.Registry.List(SessionDocument.Kind).Count;
    }

    [Fact]
    public async Task Audit_entries_are_kept_for_a_year_however_many_expire()
    {
        var registry = _scene.Server.Server.Registry;
        var audit = new AuditLog(registry, _scene.Time);
        using var maintenance = new AccountMaintenance(
            registry,
            new Sessions(registry),
            audit,
            _scene.Time,
            NullLogger<AccountMaintenance>.Instance
        );
        for (var page = 0; page < 3; page++)
            await registry.WriteAsync(
                [.. Enumerable.Repeat(audit.Entry("test", "old", "x"), RegistryLimits.WritesPerCommand)],
                Stop
            );
        _scene.Jump(TimeSpan.FromDays(1));
        await registry.WriteAsync([audit.Entry("test", "young", "x")], Stop);
        // At this point, the older entries are a year old and are still kept.
        _scene.Jump(TimeSpan.FromDays(364));
        await maintenance.RunOnceAsync(Stop);
        Assert.Equal("old", (await audit.ReadAsync(null, 2, Stop)).Entries[^1].Action);

        _scene.Time.Advance(TimeSpan.FromTicks(10));
        await maintenance.RunOnceAsync(Stop);

        var left = await audit.ReadAsync(null, RegistryLimits.RecordsPerPage, Stop);
        Assert.Equal("young", Assert.Single(left.Entries).Action);
        Assert.Null(left.Next);
    }

    [Fact]
    public async Task Guesses_in_parallel_gain_nothing_over_guesses_one_after_another()
    {
        await _scene.CreateUserAsync("ada", "viewer");

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(i => _scene.PostLoginAsync("ada", $"guess number {i}"))
                .Append(_scene.PostLoginAsync("ada", AccountScene.Password))
        );
        var wrong = replies.Count(reply => reply.StatusCode == HttpStatusCode.Unauthorized);
        // The correct password may be among those that are verified. In that case, the earlier failures are cleared.
        var isFound = replies[^1].StatusCode == HttpStatusCode.OK;
        foreach (var reply in replies)
            reply.Dispose();

        Assert.InRange(wrong, 3, isFound ? 5 : 3);
        Assert.Equal(40 - wrong + (isFound ? 0 : 1), replies.Count(reply => (int)reply.StatusCode == 429));
        _scene.Time.Advance(TimeSpan.FromSeconds(1));
        await _scene.LogInAsync("ada");
    }

    private async Task<HttpStatusCode> StatusAsync(string credential) =>
        await AccountScene.StatusAsync(_scene.Server.Client(credential), "/v1/me");

    private async Task AssertExpiredAsync(string credential, string reason)
    {
        using var response = await _scene.Server.Client(credential).GetAsync("/v1/me", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var problem = JsonSerializer.Deserialize(
            await FrontScene.TextAsync(response),
            HeadraceJson.Default.ProblemReply
        )!;
        Assert.StartsWith(reason, problem.Detail, StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> RefreshAsync(string token) =>
        _scene
            .Server.Client("")
            .PostAsync(
                "/v1/login:refresh",
                FrontScene.Json(
                    JsonSerializer.Serialize(
                        new RefreshRequest { RefreshToken = token },
                        HeadraceJson.Default.RefreshRequest
                    )
                ),
                Stop
            );
}
