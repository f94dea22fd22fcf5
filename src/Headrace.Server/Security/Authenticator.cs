using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Determines the caller of a request from its bearer credential, or from the credential of its browser session. Each
/// kind of credential has a distinct format, so at most one kind checks a given credential.
/// </summary>
internal sealed class Authenticator(
    IEnumerable<ICredentialKind> kinds,
    AdminIdentity adminIdentity,
    BrowserSessions sessions
)
{
    private const string Prefix = $"{BearerAuthentication.Scheme} ";

    private static readonly CredentialCheck Unknown = CredentialCheck.Invalid(
        "The key in the Authorization header is not valid on this server."
    );

    private static readonly CredentialCheck Forged = CredentialCheck.Invalid(
        $"Requests in a browser session require the header {BrowserSessions.AntiforgeryHeader}; GET /v1/session "
            + "returns its value."
    );

    private readonly ICredentialKind[] _kinds = [.. kinds];

    /// <summary>
    /// Checks the credential of a request as far as this is possible without waiting. If the request has no credential,
    /// the result is <i>not recognised</i>.
    /// </summary>
    public CredentialCheck Check(HttpRequest request) => Check(request, out _);

    /// <summary>Checks the credential of a request, waiting if necessary.</summary>
    public async Task<CredentialCheck> VerifyAsync(HttpRequest request)
    {
        var check = Check(request, out var kind);
        return check.IsDeferred && kind is IDeferredCredentialKind deferred
            ? OrUnavailable(await deferred.VerifyAsync(CredentialOf(request), request.HttpContext.RequestAborted))
            : check;
    }

    /// <summary>Returns the credential in the header of a request or of its session; empty if there is none.</summary>
    public string CredentialOf(HttpRequest request) =>
        request.Headers.Authorization.Count > 0
            ? CredentialOf(request.Headers.Authorization.ToString()).ToString()
            : sessions.Find(request)?.Credential ?? "";

    private CredentialCheck Check(HttpRequest request, out ICredentialKind? kind)
    {
        kind = null;
        var header = request.Headers.Authorization;
        if (header.Count > 0)
            return Check(CredentialOf(header.ToString()), out kind);
        if (sessions.Find(request) is not { } session)
            return CredentialCheck.NotRecognised;
        return session.Permits(request) ? Check(session.Credential, out kind) : Forged;
    }

    private CredentialCheck Check(ReadOnlySpan<char> credential, out ICredentialKind? kind)
    {
        kind = null;
        foreach (var candidate in _kinds)
        {
            var check = candidate.Check(credential);
            if (!check.IsRecognised)
                continue;
            kind = candidate;
            return OrUnavailable(check);
        }
        return OrUnavailable(Unknown);
    }

    /// <summary>
    /// Replaces the result with <i>unavailable</i> until the documents are loaded. Until then, every credential seems
    /// invalid, but workers and clients would give up if the server reported this to them.
    /// </summary>
    private CredentialCheck OrUnavailable(CredentialCheck check) =>
        check.Fault is null || adminIdentity.IsLoaded ? check : CredentialCheck.Unavailable;

    /// <summary>Returns the text after <c>Bearer</c>; empty if the header has another format.</summary>
    private static ReadOnlySpan<char> CredentialOf(string header) =>
        header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header.AsSpan(Prefix.Length).Trim() : default;
}
