using System.Buffers;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Rejects requests with a key in the URL. Browsers, proxies and shells keep URLs in their histories and logs, so such
/// a key is no longer secret.
/// </summary>
internal static class KeyInAddress
{
    /// <summary>The parameter in which RFC 6750 allows a bearer token.</summary>
    private const string TokenParameter = "access_token";

    /// <summary>The first characters of every token: the base64url form of the beginning of a JSON object.</summary>
    private const string TokenPrefix = "eyJ";

    /// <summary>The characters that occur in secrets, in the names in keys, and in tokens.</summary>
    private static readonly SearchValues<char> WordCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    );

    private static readonly string[] KeyPrefixes =
    [
        AdminKey.Prefix,
        NamedSecret.ApiKey,
        NamedSecret.RefreshToken,
        WorkerKeys.Prefix,
    ];

    /// <summary>Minimum length of a token. Its signature alone has at least 43 characters.</summary>
    private const int MinTokenLength = 43;

    /// <summary>
    /// Maximum number of characters that are examined after a prefix. The names in a worker key have at most 150
    /// characters. Without this limit, a long URL with many prefixes would take a long time to examine.
    /// </summary>
    private const int MaxKeyLength = 256;

    /// <summary>Number of times that a URL is decoded. A proxy or a script may have encoded it twice.</summary>
    private const int MaxDecodings = 3;

    public static Problem? Check(HttpRequest request)
    {
        if (IsIn(request.Path.Value))
            return Rejected("The path");
        if (!request.QueryString.HasValue)
            return null;
        var query = request.QueryString.Value!;
        if (IsIn(query))
            return Rejected("The query");
        // Most queries contain neither an underscore nor an escape, and need not be parsed.
        return query.AsSpan().ContainsAny('_', '%') && request.Query.ContainsKey(TokenParameter)
            ? Rejected($"The query parameter '{TokenParameter}'")
            : null;
    }

    /// <summary>Returns whether the text contains a key or token, even in URL-encoded form.</summary>
    public static bool IsIn(string? text)
    {
        // Most URLs are shorter than a secret.
        if (text is null || text.Length <= SecretText.Length)
            return false;
        for (var i = 0; i < MaxDecodings; i++)
        {
            if (ContainsKey(text))
                return true;
            if (!text.Contains('%', StringComparison.Ordinal))
                return false;
            text = Uri.UnescapeDataString(text);
        }
        return ContainsKey(text);
    }

    private static Problem Rejected(string place) =>
        Problem.BadRequest(
            $"{place} contains a key. Addresses are kept in logs and histories, so the key is no longer secret: "
                + "replace it. Send keys in the header 'Authorization: Bearer KEY'."
        );

    private static bool ContainsKey(ReadOnlySpan<char> text)
    {
        foreach (var prefix in KeyPrefixes)
        {
            var rest = text;
            while (rest.IndexOf(prefix, StringComparison.Ordinal) is var at and >= 0)
            {
                rest = rest[(at + prefix.Length)..];
                if (StartsWithSecret(LeadingWord(rest[..Math.Min(rest.Length, MaxKeyLength)]), prefix))
                    return true;
            }
        }
        return ContainsToken(text);
    }

    /// <summary>Returns whether the text contains a token: three parts in base64url, separated by dots.</summary>
    private static bool ContainsToken(ReadOnlySpan<char> text)
    {
        while (text.IndexOf(TokenPrefix, StringComparison.Ordinal) is var at and >= 0)
        {
            text = text[at..];
            if (LeadingWord(text) is { Length: > MinTokenLength } token && token.Count('.') >= 2)
                return true;
            text = text[TokenPrefix.Length..];
        }
        return false;
    }

    /// <summary>Returns whether the text after a prefix begins with a secret, or with a name and a secret.</summary>
    private static bool StartsWithSecret(ReadOnlySpan<char> word, string prefix)
    {
        if (prefix == AdminKey.Prefix)
            return word.Length >= SecretText.Length && SecretText.IsSecret(word[..SecretText.Length]);
        for (var i = 1; i + SecretText.Length <= word.Length; i++)
            if (word[i - 1] is '_' or '~' && SecretText.IsSecret(word.Slice(i, SecretText.Length)))
                return true;
        return false;
    }

    /// <summary>Returns the characters at the start of the text that can be part of a key or token.</summary>
    private static ReadOnlySpan<char> LeadingWord(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(WordCharacters);
        return end < 0 ? text : text[..end];
    }
}
