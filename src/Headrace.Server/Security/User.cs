using System.Collections.Concurrent;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>One version of a user.</summary>
internal sealed class User
{
    /// <summary>
    /// The callers for the API keys that act on behalf of the user, by key name. Their number never exceeds the number
    /// of keys.
    /// </summary>
    private readonly ConcurrentDictionary<string, (long Version, Caller Caller)> _keys = new(StringComparer.Ordinal);

    private User(string name, long version, UserDocument document)
    {
        (Name, Version, Document) = (name, version, document);
        Grants = [.. document.Roles.Select(role => Grant.TryParse(role, out var grant) ? grant : null).OfType<Grant>()];
        Caller = new Caller(name, Grants)
        {
            Quota =
                document.MaxJobs is null && document.MaxBytes is null
                    ? null
                    : new OwnerQuota(document.MaxJobs, document.MaxBytes),
        };
    }

    public string Name { get; }

    public long Version { get; }

    public UserDocument Document { get; }

    public IReadOnlyList<Grant> Grants { get; }

    public Caller Caller { get; }

    public bool IsEnabled => !Document.Disabled;

    /// <summary>Whether the user may manage users and keys, and is not disabled.</summary>
    public bool IsAdmin => IsEnabled && Caller.May(Http.AccessLevel.Admin);

    public static User Parse(RegistryDocument document) =>
        new(
            document.Id,
            document.Version,
            JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.UserDocument)!
        );

    /// <summary>
    /// Returns whether the login belongs to this user and was started with the current password. After a password
    /// change, or for a later user with the same name, the login is no longer valid, even if its document was not
    /// deleted.
    /// </summary>
    public bool Owns(SessionDocument session) =>
        session.User == Name && session.SecurityStamp == Document.SecurityStamp;

    /// <summary>
    /// Returns whether the API key was created for this user and not for an earlier user with the same name.
    /// </summary>
    public bool Owns(ApiKeyDocument key) => key.User == Name && key.UserId == Document.Id;

    /// <summary>Returns a copy of the user with a different document.</summary>
    public User With(UserDocument document) => new(Name, Version, document);

    /// <summary>Returns the caller for an API key that acts on behalf of this user.</summary>
    public Caller CallerOf(ApiKey key)
    {
        if (_keys.TryGetValue(key.Name, out var known) && known.Version == key.Version)
            return known.Caller;
        var caller = Caller.LimitedTo(key.Grants);
        _keys[key.Name] = (key.Version, caller);
        return caller;
    }
}
