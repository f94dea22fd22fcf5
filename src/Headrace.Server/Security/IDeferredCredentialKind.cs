namespace Headrace.Server.Security;

/// <summary>
/// A kind of credential whose first check may have to wait, for example for the keys of another issuer. Later checks of
/// the same credential do not wait.
/// </summary>
internal interface IDeferredCredentialKind : ICredentialKind
{
    /// <summary>Verifies a credential for which <see cref="ICredentialKind.Check"/> returned <i>deferred</i>.</summary>
    Task<CredentialCheck> VerifyAsync(string credential, CancellationToken cancellationToken);
}
