using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// The header <c>Content-Digest</c> (RFC 9530): a sender that gives one learns of every bit that changed on the way,
/// which the network's own checksums do not promise. Of results the server sends
/// <c>Repr-Digest</c>, over the whole of them.
/// </summary>
internal static class ContentDigest
{
    public const string Header = "Content-Digest";

    public static string Of(ReadOnlySpan<byte> bytes) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";

    /// <summary>
    /// What is wrong with the bytes by the digests that came with them; null where they fit, or none came that is known
    /// here.
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
                    $"The body that arrived, {body.Length} bytes, has the digest {name}=:{actual}:, and its sender says {part}. It was changed on the way: send it again."
                );
        }
        return null;
    }
}
