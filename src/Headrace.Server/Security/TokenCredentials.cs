using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Headrace.Server.Security;

/// <summary>
/// Checks JSON Web Tokens. The signature of a token is verified once. After that, a request with the same token
/// requires only a hash and a lookup. Each request also checks whether the token has been revoked.
/// </summary>
internal sealed class TokenCredentials(IEnumerable<ITokenIssuer> issuers, SigningKeys keys, TimeProvider time)
    : IDeferredCredentialKind
{
    /// <summary>
    /// Maximum length of a token in characters. Tokens usually have fewer than 2,000 characters, but request headers
    /// may contain up to 32 KB.
    /// </summary>
    private const int MaxLength = 8_192;

    /// <summary>
    /// Maximum number of verified tokens to remember, about 500 bytes each. When the limit is reached, all tokens are
    /// forgotten and verified again. Only valid tokens are remembered, so a caller without a valid token cannot cause
    /// this.
    /// </summary>
    private const int MaxRemembered = 10_000;

    private static readonly CredentialCheck Malformed = CredentialCheck.Invalid("The token is malformed.");

    private readonly ITokenIssuer[] _issuers = [.. issuers];
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>
    /// The verified tokens by the hash of their text, with the version of the keys that verified them.
    /// </summary>
    private readonly ConcurrentDictionary<TokenHash, (long Keys, VerifiedToken Token)> _verified = new();

    public CredentialCheck Check(ReadOnlySpan<char> credential)
    {
        // Unlike tokens, all other credentials have a prefix. Among these, only API keys can contain a dot, because key
        // names may contain one.
        if (!credential.Contains('.') || credential.StartsWith(NamedSecret.ApiKey, StringComparison.Ordinal))
            return CredentialCheck.NotRecognised;
        if (credential.Length > MaxLength)
            return Malformed;
        if (!_verified.TryGetValue(TokenHash.Of(credential), out var known) || known.Keys != keys.Version)
            return CredentialCheck.Deferred;
        return known.Token.Expires > time.GetUtcNow() ? known.Token.Check() : Expired(known.Token.Expires);
    }

    public async Task<CredentialCheck> VerifyAsync(string credential, CancellationToken cancellationToken)
    {
        if (!_handler.CanReadToken(credential))
            return Malformed;
        JsonWebToken token;
        try
        {
            token = _handler.ReadJsonWebToken(credential);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException)
        {
            return Malformed;
        }
        if (Array.Find(_issuers, issuer => issuer.Issues(token.Issuer ?? "")) is not { } issuer)
            return CredentialCheck.Invalid("The token is from an issuer that this server does not know.");
        var version = keys.Version;
        var verification = await issuer.VerifyAsync(token, cancellationToken);
        if (verification.Token is not { } verified)
            return CredentialCheck.Invalid(verification.Fault!);
        if (_verified.Count >= MaxRemembered)
            _verified.Clear();
        _verified[TokenHash.Of(credential)] = (version, verified);
        return verified.Check();
    }

    public static CredentialCheck Expired(DateTimeOffset at) =>
        CredentialCheck.Invalid($"The token expired at {at:u}. Refresh it, or log in again: headrace login.");

    private readonly record struct TokenHash(UInt128 First, UInt128 Second)
    {
        public static TokenHash Of(ReadOnlySpan<char> token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            Span<byte> bytes = stackalloc byte[token.Length];
            // Tokens consist of ASCII characters, so no other text can be in the table.
            if (!Encoding.ASCII.TryGetBytes(token, bytes, out var count))
                return default;
            SHA256.HashData(bytes[..count], hash);
            return new TokenHash(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash),
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash[16..])
            );
        }
    }
}
