namespace Headrace.Server.Security;

/// <summary>
/// A kind of bearer credential, such as the admin key or an API key. To add a kind, register it as a service.
/// </summary>
internal interface ICredentialKind
{
    /// <summary>
    /// Checks a credential. Returns <see cref="CredentialCheck.NotRecognised"/> if the credential does not have the
    /// format of this kind.
    /// </summary>
    CredentialCheck Check(ReadOnlySpan<char> credential);
}
