using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>
/// The admin key as a credential. Jobs that are submitted with it have the owner "admin". It can do everything.
/// </summary>
internal sealed class AdminIdentity(string key) : ICredentialKind
{
    public const string Name = "admin";

    private readonly byte[] _hash = SecretText.Hash(key);

    private readonly CredentialCheck _admin = CredentialCheck.Of(new Caller(Name, [new Grant(Role.Admin)]));

    public CredentialCheck Check(ReadOnlySpan<char> credential) =>
        credential.StartsWith(AdminKey.Prefix, StringComparison.Ordinal) && SecretText.Matches(credential, _hash)
            ? _admin
            : CredentialCheck.NotRecognised;
}
