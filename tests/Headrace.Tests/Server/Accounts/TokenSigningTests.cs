using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Security;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>Tests the signatures of login tokens: each algorithm, several keys, and forged tokens.</summary>
public sealed class TokenSigningTests : IDisposable
{
    private const string BadSignature = "The token's signature is not valid.";

    private readonly ThrowAwayFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TokenAlgorithm.HS256)]
    [InlineData(TokenAlgorithm.RS256)]
    [InlineData(TokenAlgorithm.ES256)]
    public async Task A_token_is_signed_with_the_configured_algorithm_and_survives_a_restart(TokenAlgorithm algorithm)
    {
        string token;
        await using (var first = await StartAsync(algorithm))
        {
            token = await LogInAsync(first);
            Assert.Equal(algorithm.ToString(), new JsonWebToken(token).Alg);
            await AssertAcceptedAsync(first, token);
        }

        await using var second = await StartAsync(algorithm);

        await AssertAcceptedAsync(second, token);
        Assert.Equal(new JsonWebToken(token).Kid, new JsonWebToken(await LogInAsync(second)).Kid);
    }

    [Fact]
    public async Task After_a_change_of_the_algorithm_older_tokens_stay_valid_while_their_key_is_among_the_last_three()
    {
        var tokens = new List<string>();
        foreach (
            var algorithm in (TokenAlgorithm[])
                [TokenAlgorithm.HS256, TokenAlgorithm.RS256, TokenAlgorithm.ES256, TokenAlgorithm.HS256]
        )
        {
            await using var scene = await StartAsync(algorithm);
            tokens.Add(await LogInAsync(scene));
            Assert.Equal(algorithm.ToString(), new JsonWebToken(tokens[^1]).Alg);
            foreach (var token in tokens.TakeLast(3))
                await AssertAcceptedAsync(scene, token);
            foreach (var token in tokens.SkipLast(3))
                await AssertRejectedAsync(scene, token, BadSignature);
        }
        Assert.Equal(4, tokens.Select(token => new JsonWebToken(token).Kid).Distinct().Count());
    }

    [Theory]
    [InlineData(TokenAlgorithm.HS256)]
    [InlineData(TokenAlgorithm.RS256)]
    [InlineData(TokenAlgorithm.ES256)]
    public async Task A_token_that_another_key_signed_under_the_same_key_id_is_rejected(TokenAlgorithm algorithm)
    {
        await using var scene = await StartAsync(algorithm);
        var token = await LogInAsync(scene);
        using var rsa = RSA.Create(2_048);
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SecurityKey other = algorithm switch
        {
            TokenAlgorithm.RS256 => new RsaSecurityKey(rsa),
            TokenAlgorithm.ES256 => new ECDsaSecurityKey(elliptic),
            _ => new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)),
        };

        await AssertRejectedAsync(scene, SignAgain(token, other, algorithm.ToString()), BadSignature);
        await AssertAcceptedAsync(scene, token);
    }

    [Theory]
    [InlineData(TokenAlgorithm.RS256)]
    [InlineData(TokenAlgorithm.ES256)]
    public async Task A_public_key_that_is_used_as_a_shared_secret_signs_nothing(TokenAlgorithm algorithm)
    {
        await using var scene = await StartAsync(algorithm);
        var token = await LogInAsync(scene);
        var (binary, pem) = PublicKeyOf(SigningKeyOf(scene));

        foreach (var secret in new[] { binary, Encoding.ASCII.GetBytes(pem) })
            await AssertRejectedAsync(scene, SignAgain(token, new SymmetricSecurityKey(secret), "HS256"), BadSignature);
    }

    [Fact]
    public async Task A_token_of_this_server_for_another_audience_or_without_an_expiry_or_a_login_is_rejected()
    {
        await using var scene = await StartAsync(TokenAlgorithm.HS256);
        var token = await LogInAsync(scene);
        var key = new SymmetricSecurityKey(SigningKeyOf(scene).Secret);

        await AssertAcceptedAsync(scene, SignAgain(token, key, "HS256"));
        await AssertRejectedAsync(
            scene,
            SignAgain(token, key, "HS256", descriptor => descriptor.Audience = "another"),
            "The token is for another audience, not for this server."
        );
        await AssertRejectedAsync(
            scene,
            SignAgain(token, key, "HS256", descriptor => descriptor.Expires = null),
            "The token has no expiry."
        );
        await AssertRejectedAsync(
            scene,
            SignAgain(token, key, "HS256", descriptor => descriptor.Claims.Remove("sid")),
            "The token does not identify a login session."
        );
    }

    private async Task<ServerScene> StartAsync(TokenAlgorithm algorithm) =>
        new(
            await HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = _folder.Path,
                    Port = 0,
                    Workers = 0,
                    TokenAlgorithm = algorithm,
                },
                new ServerDependencies { WritesRunningServer = false },
                Stop
            )
        );

    /// <summary>Logs ada in, after creating her if necessary, and returns the token.</summary>
    private static async Task<string> LogInAsync(ServerScene scene)
    {
        using var created = await scene
            .Client()
            .PostAsync(
                "/v1/users",
                FrontScene.Json("""{"name":"ada","password":"a long password","roles":["viewer"]}"""),
                Stop
            );
        Assert.Contains(created.StatusCode, (HttpStatusCode[])[HttpStatusCode.Created, HttpStatusCode.Conflict]);
        using var login = await scene
            .Client("")
            .PostAsync("/v1/login", FrontScene.Json("""{"user":"ada","password":"a long password"}"""), Stop);
        return (await FrontScene.ReadAsync(login, HttpStatusCode.OK, HeadraceJson.Default.LoginReply)).Token;
    }

    private static async Task AssertAcceptedAsync(ServerScene scene, string token) =>
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Client(token), "/v1/me"));

    private static async Task AssertRejectedAsync(ServerScene scene, string token, string reason)
    {
        using var response = await scene.Client(token).GetAsync("/v1/me", Stop);
        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith(
            reason,
            JsonSerializer.Deserialize(text, HeadraceJson.Default.ProblemReply)!.Detail,
            StringComparison.Ordinal
        );
    }

    /// <summary>
    /// Returns a token that has the claims and the key id of the given token, but is signed with another key.
    /// </summary>
    private static string SignAgain(
        string token,
        SecurityKey key,
        string algorithm,
        Action<SecurityTokenDescriptor>? change = null
    )
    {
        var parsed = new JsonWebToken(token);
        key.KeyId = parsed.Kid;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = parsed.Issuer,
            Audience = parsed.Audiences.Single(),
            IssuedAt = parsed.IssuedAt,
            Expires = parsed.ValidTo,
            Claims = new Dictionary<string, object>
            {
                ["sub"] = parsed.Subject,
                ["sid"] = parsed.GetPayloadValue<string>("sid"),
            },
            SigningCredentials = new SigningCredentials(key, algorithm),
        };
        change?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    private static SigningKeyEntry SigningKeyOf(ServerScene scene) =>
        JsonSerializer
            .Deserialize(
                scene.Server.Registry.Get(SigningKeysDocument.Kind, SigningKeysDocument.Id)!.Json.Span,
                SecurityJson.Default.SigningKeysDocument
            )!
            .Keys[0];

    private static (byte[] Binary, string Pem) PublicKeyOf(SigningKeyEntry entry)
    {
        using AsymmetricAlgorithm key = entry.Algorithm == TokenAlgorithm.RS256 ? RSA.Create() : ECDsa.Create();
        key.ImportPkcs8PrivateKey(entry.Secret, out _);
        return (key.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfoPem());
    }
}
