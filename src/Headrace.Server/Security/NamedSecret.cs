namespace Headrace.Server.Security;

/// <summary>
/// The text form of a secret with a name: <c>PREFIX_NAME_SECRET</c>. The prefix shows the purpose of the secret, and
/// the name identifies the document that contains its hash. Only SECRET is compared with the hash.
/// </summary>
internal static class NamedSecret
{
    /// <summary>The prefix of an API key.</summary>
    public const string ApiKey = "hrk_";

    /// <summary>The prefix of a login's refresh token.</summary>
    public const string RefreshToken = "hrr_";

    public static string Of(string prefix, string name, string secret) => $"{prefix}{name}_{secret}";

    /// <summary>
    /// Returns whether the text has this prefix. If the rest is malformed, the name and the secret are empty.
    /// </summary>
    public static bool TryRead(
        string prefix,
        ReadOnlySpan<char> text,
        out ReadOnlySpan<char> name,
        out ReadOnlySpan<char> secret
    )
    {
        name = default;
        secret = default;
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        var rest = text[prefix.Length..];
        // The secret has a fixed length, so the name may contain underscores.
        var end = rest.Length - SecretText.Length - 1;
        if (end <= 0 || rest[end] != '_' || !SecretText.IsSecret(rest[(end + 1)..]))
            return true;
        name = rest[..end];
        secret = rest[(end + 1)..];
        return true;
    }
}
