using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Headrace.Server.Security;

/// <summary>
/// The text form of secrets with 256 random bits, and their hashes. A plain SHA-256 hash is sufficient because 256
/// random bits cannot be guessed. Only passwords need a slow hash.
/// </summary>
internal static class SecretText
{
    private const int RandomBytes = 32;

    /// <summary>Number of characters in a secret: 32 bytes in base64url.</summary>
    public static readonly int Length = Base64Url.GetEncodedLength(RandomBytes);

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    public static bool IsSecret(ReadOnlySpan<char> text) => text.Length == Length && Base64Url.IsValid(text);

    /// <summary>Returns the hash that is stored instead of the secret.</summary>
    public static byte[] Hash(ReadOnlySpan<char> secret)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        TryHash(secret, hash);
        return hash;
    }

    /// <summary>
    /// Returns whether the text is the secret with this hash. The comparison takes constant time, so that its duration
    /// reveals nothing about the secret.
    /// </summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<byte> expected)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return TryHash(text, hash) && CryptographicOperations.FixedTimeEquals(hash, expected);
    }

    /// <summary>
    /// Hashes text that consists of visible ASCII characters. Returns false if the text is longer than any secret.
    /// </summary>
    private static bool TryHash(ReadOnlySpan<char> text, Span<byte> hash)
    {
        const int MaxLength = 512;
        if (text.Length > MaxLength)
            return false;
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(MaxLength)];
        var count = Encoding.UTF8.GetBytes(text, bytes);
        SHA256.HashData(bytes[..count], hash);
        return true;
    }
}
