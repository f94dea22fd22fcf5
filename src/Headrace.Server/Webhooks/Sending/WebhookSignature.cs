using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>
/// The symmetric signature from the Standard Webhooks specification: HMAC-SHA256 of the id, the time of the attempt and
/// the body.
/// </summary>
internal static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";

    /// <summary>
    /// Number of random bytes in a secret. The specification requires 24 to 64; this is the size of the hash.
    /// </summary>
    private const int SecretBytes = 32;

    public static string CreateSecret() =>
        SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>
    /// Returns the value of the header <c>webhook-signature</c>: one signature for each secret, separated by spaces.
    /// While a secret is being replaced, the receiver accepts a message if any of the signatures is valid.
    /// </summary>
    /// <param name="id">
    /// The id of the message. It must not contain a full stop, because a full stop separates the signed parts.
    /// </param>
    /// <param name="timestamp">The time of the attempt in seconds since 1970.</param>
    /// <param name="body">The body exactly as it is sent.</param>
    /// <param name="secrets">The secrets in their text form.</param>
    public static string Sign(string id, long timestamp, ReadOnlyMemory<byte> body, IEnumerable<string> secrets)
    {
        byte[] content =
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")),
            .. body.Span,
        ];
        return string.Join(
            ' ',
            secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(KeyOf(secret), content))}")
        );
    }

    private static byte[] KeyOf(string secret) => Convert.FromBase64String(secret[SecretPrefix.Length..]);
}
