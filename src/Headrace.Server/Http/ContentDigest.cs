using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// The header <c>Content-Digest</c> (RFC 9530). Unlike network checksums, it reliably detects changes in transit. When
/// the server sends a result, it adds the header <c>Repr-Digest</c> with the digest of the complete result.
/// </summary>
internal static class ContentDigest
{
    public const string Header = "Content-Digest";

    public static string Of(ReadOnlySpan<byte> bytes) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";

    /// <summary>
    /// Checks the body against the digests in the header. Returns null if there is no header, or if at least one digest
    /// can be checked and every digest that can be checked matches. A sender that declares a digest relies on the
    /// check, so a header without a supported digest is rejected rather than ignored.
    /// </summary>
    public static Problem? Check(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!request.Headers.TryGetValue(Header, out var lines))
            return null;
        var isChecked = false;
        foreach (var part in lines.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries)))
        {
            var (name, value) = part.Split('=', 2) is [var left, var right] ? (left, right) : (part, "");
            if (value is not [':', .., ':'] || value.Length < 2)
                return Problem.BadRequest(
                    $"The header {Header} contains '{QuotedText.Clip(part)}', which is not a digest. "
                        + "Use sha-256=:BASE64: or sha-512=:BASE64:, or leave the header out."
                );
            var actual = name switch
            {
                "sha-256" => Convert.ToBase64String(SHA256.HashData(body)),
                "sha-512" => Convert.ToBase64String(SHA512.HashData(body)),
                _ => null,
            };
            if (actual is not null && value != $":{actual}:")
                return Problem.BadRequest(
                    $"The received body of {body.Length} bytes has the digest {name}=:{actual}:, but the "
                        + $"request declares {QuotedText.Clip(part)}. The body may have been changed in transit. Send "
                        + "it again."
                );
            isChecked |= actual is not null;
        }
        return isChecked
            ? null
            : Problem.BadRequest(
                $"The header {Header} is '{QuotedText.Clip(lines.ToString())}', which contains no digest that this "
                    + "server supports. Use sha-256=:BASE64: or sha-512=:BASE64:, or leave the header out."
            );
    }
}
