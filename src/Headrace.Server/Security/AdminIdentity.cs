using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Server.Access;
using Headrace.Server.Registry;

namespace Headrace.Server.Security;

/// <summary>
/// The admin key as a credential. It grants every permission. Jobs that are submitted with it belong to the owner
/// "admin".
/// </summary>
internal sealed class AdminIdentity(IRegistry registry) : ICredentialKind
{
    public const string Name = "admin";

    private readonly DocumentCache<AdminKeyDocument> _documents = new(registry, AdminKeyDocument.Kind, Parse);

    private readonly CredentialCheck _admin = CredentialCheck.Of(new Caller(Name, [new Grant(Role.Admin)]));

    /// <summary>
    /// Whether the registry contains the hash of the key. If it does not, the server is still starting: it has not
    /// loaded its documents yet and cannot check any credentials.
    /// </summary>
    public bool IsLoaded => _documents.Find(AdminKeyDocument.Id) is not null;

    public CredentialCheck Check(ReadOnlySpan<char> credential) =>
        credential.StartsWith(AdminKey.Prefix, StringComparison.Ordinal)
        && _documents.Find(AdminKeyDocument.Id) is { } stored
        && SecretText.Matches(credential, stored.Hash)
            ? _admin
            : CredentialCheck.NotRecognised;

    public static AdminKeyDocument Parse(RegistryDocument document) =>
        JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.AdminKeyDocument)!;
}
