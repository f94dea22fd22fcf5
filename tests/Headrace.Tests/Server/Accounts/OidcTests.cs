using System.Net;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Security;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

public sealed class OidcTests
{
    [Fact]
    public async Task A_token_of_the_provider_has_the_roles_of_its_groups_and_owns_its_jobs()
    {
        await using var issuer = await SmallIssuer.StartAsync();
        await using var scene = await StartAsync(issuer);
        using var client = scene.Client(issuer.Token());

        var me = await AccountScene.GetAsync(client, "/v1/me", HeadraceJson.Default.CallerReply);

        Assert.Equal(("oidc:ada", "submitter=eu"), (me.Name, Assert.Single(me.Roles)));
        Assert.Equal(HttpStatusCode.Forbidden, await AccountScene.StatusAsync(client, "/v1/keys"));
    }

    public static TheoryData<string, string> InvalidTokens =>
        new()
        {
            { "audience", "The token is for another audience, not for this server." },
            { "expired", "The token expired at" },
            { "future", "The token is not valid yet. Check the clocks of both machines." },
            { "group", "No group in the token's 'groups' claim has a role on this server." },
            { "name", "The token's 'sub' claim must be a name" },
            { "key", "The token's signature is not valid." },
            { "symmetric", "The token's signature is not valid." },
            { "issuer", "The token is from an issuer that this server does not know." },
        };

    [Theory]
    [MemberData(nameof(InvalidTokens))]
    public async Task An_invalid_token_is_rejected_with_the_reason(string what, string reason)
    {
        await using var issuer = await SmallIssuer.StartAsync();
        await using var scene = await StartAsync(issuer);
        using var other = System.Security.Cryptography.RSA.Create(2_048);
        using var client = scene.Client(
            issuer.Token(token =>
            {
                var now = token.IssuedAt!.Value;
                switch (what)
                {
                    case "audience":
                        token.Audience = "another";
                        break;
                    case "expired":
                        (token.NotBefore, token.Expires) = (now.AddHours(-2), now.AddHours(-1));
                        break;
                    case "future":
                        (token.NotBefore, token.Expires) = (now.AddHours(1), now.AddHours(2));
                        break;
                    case "group":
                        token.Claims["groups"] = "strangers";
                        break;
                    case "name":
                        token.Claims["sub"] = "a b";
                        break;
                    case "key":
                        token.SigningCredentials = new SigningCredentials(
                            new RsaSecurityKey(other) { KeyId = "k1" },
                            "RS256"
                        );
                        break;
                    case "symmetric":
                        token.SigningCredentials = new SigningCredentials(
                            new SymmetricSecurityKey(new byte[32]) { KeyId = "k1" },
                            "HS256"
                        );
                        break;
                    default:
                        token.Issuer = "https://elsewhere.example";
                        break;
                }
            })
        );

        using var response = await client.GetAsync("/v1/me", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(
            reason.Replace("'", "\\u0027", StringComparison.Ordinal),
            (await FrontScene.TextAsync(response)).Replace("'", "\\u0027", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(-59, 300, true)]
    [InlineData(-61, 300, true)]
    [InlineData(59, 300, true)]
    [InlineData(61, 300, false)]
    [InlineData(-300, -59, true)]
    [InlineData(-300, -61, false)]
    public async Task The_clocks_may_differ_by_a_minute(int beginsInSeconds, int endsInSeconds, bool isAccepted)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
        await using var issuer = await SmallIssuer.StartAsync();
        await using var scene = await StartAsync(issuer, parts => parts with { Time = time });
        var now = time.GetUtcNow().UtcDateTime;
        using var client = scene.Client(
            issuer.Token(token =>
                (token.NotBefore, token.Expires) = (now.AddSeconds(beginsInSeconds), now.AddSeconds(endsInSeconds))
            )
        );

        Assert.Equal(
            isAccepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized,
            await AccountScene.StatusAsync(client, "/v1/me")
        );
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_503_and_other_keys_still_work()
    {
        var issuer = await SmallIssuer.StartAsync();
        await using var scene = await StartAsync(issuer);
        var token = issuer.Token();
        await issuer.DisposeAsync();
        using var client = scene.Client(token);
        using var admin = scene.Client();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AccountScene.StatusAsync(client, "/v1/me"));
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(admin, "/v1/me"));
    }

    [Theory]
    [InlineData("http://idp.example", "https address")]
    [InlineData("idp", "https address")]
    public void An_issuer_without_TLS_is_rejected(string issuer, string words)
    {
        var faults = new List<string>();
        new OidcOptions
        {
            Issuer = issuer,
            Audience = "a",
            Roles = new Dictionary<string, string> { ["g"] = "viewer" },
        }.Validate(faults);

        Assert.Contains(words, Assert.Single(faults), StringComparison.Ordinal);
    }

    private static Task<ServerScene> StartAsync(
        SmallIssuer issuer,
        Func<ServerDependencies, ServerDependencies>? parts = null
    ) =>
        ServerScene.StartAsync(
            options =>
                options with
                {
                    Oidc = new OidcOptions
                    {
                        Issuer = issuer.Address,
                        Audience = SmallIssuer.Audience,
                        Roles = new Dictionary<string, string> { ["developers"] = "submitter=eu", ["ops"] = "admin" },
                    },
                },
            parts
        );
}
