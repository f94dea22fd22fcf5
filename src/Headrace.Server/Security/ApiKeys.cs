using Headrace.Server.Access;
using Headrace.Server.Registry;

namespace Headrace.Server.Security;

/// <summary>The API keys, including the keys of workers on other machines.</summary>
internal sealed class ApiKeys(IRegistry registry, Users users, KeyUse use, TimeProvider time) : ICredentialKind
{
    private readonly DocumentCache<ApiKey> _keys = new(registry, ApiKeyDocument.Kind, ApiKey.Parse);

    public CredentialCheck Check(ReadOnlySpan<char> credential)
    {
        if (!NamedSecret.TryRead(NamedSecret.ApiKey, credential, out var name, out var secret))
            return CredentialCheck.NotRecognised;
        if (secret.IsEmpty)
            return CredentialCheck.Invalid("The API key is not complete. Copy it again.");
        var now = time.GetUtcNow();
        if (_keys.Find(name.ToString()) is not { } key || !key.Matches(secret, now))
            return CredentialCheck.Invalid($"The API key '{name}' is not valid on this server or has been revoked.");
        if (key.Document.Expires <= now)
            return CredentialCheck.Invalid($"The API key '{name}' expired at {key.Document.Expires:u}.");
        if (CallerOf(key) is not { } caller)
            return CredentialCheck.Invalid(
                $"The API key '{name}' acts on behalf of the user '{key.Document.User}', who does not exist, is "
                    + "disabled, or was created after the key."
            );
        if (key.TryBeginUse(now, KeyUse.Interval))
            use.Record(key.Name, now);
        return CredentialCheck.Of(caller);
    }

    public ApiKey? Find(string name) => _keys.Find(name);

    public IEnumerable<ApiKey> All() => _keys.All();

    private Caller? CallerOf(ApiKey key) =>
        key.Document.User is { } user
            ? users.Find(user) is { IsEnabled: true } found && found.Owns(key.Document)
                ? found.CallerOf(key)
                : null
            : key.Caller;
}
