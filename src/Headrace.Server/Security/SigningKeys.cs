using System.Security.Cryptography;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Registry;
using Headrace.Server.Registry;
using Microsoft.IdentityModel.Tokens;

namespace Headrace.Server.Security;

/// <summary>
/// The keys that this server uses to sign tokens. The keys are in the registry, so that every server on the store
/// accepts the tokens of the other servers, and a restart does not end any login. The first login creates the keys.
/// </summary>
internal sealed class SigningKeys(IRegistry registry, SecurityOptions options, TimeProvider time)
{
    /// <summary>
    /// Maximum number of keys to keep when the algorithm changes. Tokens are valid for only a few minutes, so keeping
    /// one previous key would be enough.
    /// </summary>
    private const int MaxKeys = 3;

    /// <summary>Maximum number of attempts to create a key while other servers are creating keys.</summary>
    private const int MaxAttempts = 5;

    private readonly DocumentCache<Parsed> _documents = new(registry, SigningKeysDocument.Kind, Parse);

    /// <summary>All keys that are used to verify tokens.</summary>
    public IReadOnlyList<SigningCredentials> All => _documents.Find(SigningKeysDocument.Id)?.Credentials ?? [];

    /// <summary>The version of the keys. It changes when a key is added or removed.</summary>
    public long Version => _documents.Find(SigningKeysDocument.Id)?.Version ?? 0;

    /// <summary>
    /// Returns the key that is used to sign tokens. Creates a key if there is none for the configured algorithm.
    /// </summary>
    public async Task<SigningCredentials> CurrentAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var keys = _documents.Find(SigningKeysDocument.Id);
            if (keys?.Credentials is [var current, ..] && current.Algorithm == options.TokenAlgorithm.ToString())
                return current;
            var created = Create(options.TokenAlgorithm, time.GetUtcNow());
            var document = new SigningKeysDocument([created, .. keys?.Document.Keys.Take(MaxKeys - 1) ?? []]);
            var result = await registry.PutAsync(
                SigningKeysDocument.Kind,
                SigningKeysDocument.Id,
                JsonSerializer.SerializeToUtf8Bytes(document, SecurityJson.Default.SigningKeysDocument),
                keys?.Version ?? RegistryWrite.Absent,
                cancellationToken
            );
            if (result is WriteResult.Rejected rejected)
                throw new MailboxClosedException(rejected.Rejection.Reason, rejected.Rejection.RetryAfter);
        }
        throw new MailboxClosedException("Other servers are changing the signing keys. Try again.", null);
    }

    public static SigningKeyEntry Create(TokenAlgorithm algorithm, DateTimeOffset now)
    {
        byte[] secret;
        switch (algorithm)
        {
            case TokenAlgorithm.RS256:
                using (var rsa = RSA.Create(2_048))
                    secret = rsa.ExportPkcs8PrivateKey();
                break;
            case TokenAlgorithm.ES256:
                using (var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                    secret = elliptic.ExportPkcs8PrivateKey();
                break;
            default:
                secret = RandomNumberGenerator.GetBytes(32);
                break;
        }
        return new SigningKeyEntry(RandomNumberGenerator.GetHexString(16), algorithm, secret, now);
    }

    private static Parsed Parse(RegistryDocument document)
    {
        var keys = JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.SigningKeysDocument)!;
        return new Parsed(document.Version, keys, [.. keys.Keys.Select(CredentialsOf)]);
    }

    private static SigningCredentials CredentialsOf(SigningKeyEntry entry)
    {
        SecurityKey key;
        switch (entry.Algorithm)
        {
            case TokenAlgorithm.RS256:
                var rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(entry.Secret, out _);
                key = new RsaSecurityKey(rsa);
                break;
            case TokenAlgorithm.ES256:
                var elliptic = ECDsa.Create();
                elliptic.ImportPkcs8PrivateKey(entry.Secret, out _);
                key = new ECDsaSecurityKey(elliptic);
                break;
            default:
                key = new SymmetricSecurityKey(entry.Secret);
                break;
        }
        key.KeyId = entry.Id;
        return new SigningCredentials(key, entry.Algorithm.ToString());
    }

    private sealed record Parsed(
        long Version,
        SigningKeysDocument Document,
        IReadOnlyList<SigningCredentials> Credentials
    );
}
