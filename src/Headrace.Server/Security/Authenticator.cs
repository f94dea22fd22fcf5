using Headrace.Server.Access;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Determines the caller of a request by its bearer credential. Each kind of credential recognises its own by their
/// form, so that at most one of them checks a credential.
/// </summary>
internal sealed class Authenticator(IEnumerable<ICredentialKind> kinds)
{
    private const string Prefix = $"{BearerAuthentication.Scheme} ";

    private readonly ICredentialKind[] _kinds = [.. kinds];

    /// <summary>Checks the credential of a request. The result has neither caller nor fault if there is none.</summary>
    public CredentialCheck Check(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        if (header.Count == 0)
            return CredentialCheck.NotRecognised;
        var text = header.ToString();
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return CredentialCheck.Invalid("The Authorization header does not have the form 'Bearer KEY'.");
        var credential = text.AsSpan(Prefix.Length).Trim();
        foreach (var kind in _kinds)
        {
            var check = kind.Check(credential);
            if (check.IsRecognised)
                return check;
        }
        return CredentialCheck.Invalid("The key in the Authorization header is not valid on this server.");
    }
}
