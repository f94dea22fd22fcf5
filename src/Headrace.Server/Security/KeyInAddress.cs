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

    public static Problem? Check(HttpRequest request)
    {
        // Most requests have no query, and most queries contain no underscore.
        if (!request.QueryString.HasValue || !request.QueryString.Value!.Contains('_', StringComparison.Ordinal))
            return null;
        foreach (var (name, values) in request.Query)
            foreach (var value in values)
                if (name == TokenParameter || IsKey(value))
                    return Problem.BadRequest(
                        $"The query parameter '{QuotedText.Clip(name)}' contains a key. Addresses are kept in logs and "
                            + "histories, so the key is no longer secret: replace it. Send keys in the header "
                            + "'Authorization: Bearer KEY'."
                    );
        return null;
    }

    private static bool IsKey(string? value) =>
        value is not null
        && value.Length > SecretText.Length
        && (
            value.StartsWith(AdminKey.Prefix, StringComparison.Ordinal)
            || value.StartsWith(NamedSecret.ApiKey, StringComparison.Ordinal)
            || value.StartsWith(NamedSecret.RefreshToken, StringComparison.Ordinal)
        )
        && SecretText.IsSecret(value.AsSpan(value.Length - SecretText.Length));
}
