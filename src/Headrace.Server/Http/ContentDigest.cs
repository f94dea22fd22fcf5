using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// The header <c>Content-Digest</c> (RFC 9530). It detects any change in transit, which network checksums do not
/// guarantee. When the server sends a result, it adds the header <c>Repr-Digest</c> with the digest of the complete
/// result.
/// </summary>
internal static class ContentDigest
{
    public const string Header = "Content-Digest";

    public static string Of(ReadOnlySpan<byte> bytes) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";

    /// <summary>
    /// Checks the body against the digests in the header. Returns null if they match or if the header contains no
    /// supported digest.
    /// </summary>
    public static Problem? Check(HttpRequest request, ReadOnlySpan<byte> body)
    {
        foreach (
            var part in request
                .Headers[Header]
                .SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries))
        )
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left, right) : (part, "");
            var actual = name switch
            {
                "sha-256" => Convert.ToBase64String(SHA256.HashData(body)),
                "sha-512" => Convert.ToBase64String(SHA512.HashData(body)),
                _ => null,
            };
            if (actual is not null && value != $":{actual}:")
                return Problem.BadRequest(
                    $"The received body of {body.Length} bytes has the digest {name}=:{actual}:, but the "
                        + $"request declares {part}. The body may have been changed in transit. Send it again."
                );
        }
        return null;
    }
}
