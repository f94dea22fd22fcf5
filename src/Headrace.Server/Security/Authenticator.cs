using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Determines the caller of a request by its bearer credential. Each kind of credential recognises its own by their
/// form, so that at most one of them checks a credential.
/// </summary>
internal sealed class Authenticator(IEnumerable<ICredentialKind> kinds)
{
    private const string Prefix = $"{BearerAuthentication.Scheme} ";

    private static readonly CredentialCheck Unknown = CredentialCheck.Invalid(
        "The key in the Authorization header is not valid on this server."
    );

    private readonly ICredentialKind[] _kinds = [.. kinds];

    /// <summary>
    /// Checks the credential of a request as far as this is possible without waiting. The result is <i>not
    /// recognised</i> if the request has none.
    /// </summary>
    public CredentialCheck Check(HttpRequest request) => Check(request, out _);

    /// <summary>Checks the credential of a request completely.</summary>
    public async Task<CredentialCheck> VerifyAsync(HttpRequest request)
    {
        var check = Check(request, out var kind);
        return check.IsDeferred && kind is IDeferredCredentialKind deferred
            ? await deferred.VerifyAsync(
                CredentialOf(request.Headers.Authorization.ToString()).ToString(),
                request.HttpContext.RequestAborted
            )
            : check;
    }

    private CredentialCheck Check(HttpRequest request, out ICredentialKind? kind)
    {
        kind = null;
        var header = request.Headers.Authorization;
        if (header.Count == 0)
            return CredentialCheck.NotRecognised;
        var credential = CredentialOf(header.ToString());
        foreach (var candidate in _kinds)
        {
            var check = candidate.Check(credential);
            if (!check.IsRecognised)
                continue;
            kind = candidate;
            return check;
        }
        return Unknown;
    }

    /// <summary>Returns the text after <c>Bearer</c>; empty if the header has another form.</summary>
    private static ReadOnlySpan<char> CredentialOf(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Prefix.Length).Trim() : default;
}
