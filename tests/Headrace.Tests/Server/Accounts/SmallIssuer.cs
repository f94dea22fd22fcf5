using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>A small OpenID Connect issuer: a discovery document, its keys, and tokens signed with RS256.</summary>
internal sealed class SmallIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RSA _rsa = RSA.Create(2_048);

    private SmallIssuer(WebApplication app) => _app = app;

    public const string Audience = "headrace-tests";

    public string Address => _app.Urls.First();

    public static async Task<SmallIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new SmallIssuer(builder.Build());
        issuer._app.MapGet(
            "/.well-known/openid-configuration",
            () => Text($$"""{"issuer":"{{issuer.Address}}","jwks_uri":"{{issuer.Address}}/keys"}""")
        );
        issuer._app.MapGet("/keys", () => Text($$"""{"keys":[{{issuer.PublicKey()}}]}"""));
        await issuer._app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <summary>Signs a token for the user ada in the group developers; the claims can be changed.</summary>
    public string Token(Action<SecurityTokenDescriptor>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var token = new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(5),
            Claims = new Dictionary<string, object> { ["sub"] = "ada", ["groups"] = new[] { "developers", "others" } },
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "k1" }, "RS256"),
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }

    private string PublicKey()
    {
        var key = _rsa.ExportParameters(includePrivateParameters: false);
        return JsonSerializer.Serialize(
            new
            {
                kty = "RSA",
                use = "sig",
                kid = "k1",
                alg = "RS256",
                n = Base64UrlEncoder.Encode(key.Modulus),
                e = Base64UrlEncoder.Encode(key.Exponent),
            }
        );
    }

    private static IResult Text(string json) => Microsoft.AspNetCore.Http.Results.Text(json, "application/json");
}
