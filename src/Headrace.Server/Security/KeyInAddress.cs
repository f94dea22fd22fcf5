using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Rejects a key in the address of a request. Browsers, proxies and shells keep addresses in their histories and logs,
/// so such a key is no longer secret.
/// </summary>
internal static class KeyInAddress
{
    /// <summary>The parameter in which RFC 6750 allows a bearer token.</summary>
    private const string TokenParameter = "access_token";

    /// <summary>
    /// The first characters of every token: the beginning of a JSON object and of its first name, in base64url.
    /// </summary>
    private const string TokenPrefix = "eyJ";

    private static readonly string[] KeyPrefixes =
    [
        AdminKey.Prefix,
        NamedSecret.ApiKey,
        NamedSecret.RefreshToken,
        WorkerKeys.Prefix,
    ];

    public static Problem? Check(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !MayContainKey(request.QueryString.Value!))
            return null;
        foreach (var (name, values) in request.Query)
        {
            if (IsKey(name))
                return Rejected("The query");
            foreach (var value in values)
                if (name == TokenParameter || IsKey(value))
                    return Rejected($"The query parameter '{QuotedText.Clip(name)}'");
        }
        return null;
    }

    /// <summary>
    /// Whether the query must be parsed. Most queries contain no underscore, no escape and no beginning of a token.
    /// </summary>
    private static bool MayContainKey(string query) =>
        query.AsSpan().ContainsAny('_', '%') || query.Contains(TokenPrefix, StringComparison.Ordinal);

    private static Problem Rejected(string place) =>
        Problem.BadRequest(
            $"{place} contains a key. Addresses are kept in logs and histories, so the key is no longer secret: "
                + "replace it. Send keys in the header 'Authorization: Bearer KEY'."
        );

    private static bool IsKey(string? value)
    {
        const string Scheme = $"{BearerAuthentication.Scheme} ";
        var text = value.AsSpan();
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            text = text[Scheme.Length..];
        if (text.StartsWith(TokenPrefix, StringComparison.Ordinal) && text.Count('.') == 2)
            return true;
        if (text.Length <= SecretText.Length || !SecretText.IsSecret(text[^SecretText.Length..]))
            return false;
        foreach (var prefix in KeyPrefixes)
            if (text.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        return false;
    }
}
