using Headrace.Core;
using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>
/// Finds what the owner of a job may do, when a job acts for its owner: when it submits jobs. The caller of the job may
/// have left long ago.
/// </summary>
internal sealed class Owners(Users users, ApiKeys keys, TimeProvider time)
{
    private static readonly Caller Admin = new(AdminIdentity.Name, [new Grant(Role.Admin)]);

    /// <summary>
    /// Returns the owner with its present roles and limits; null if it no longer exists, is disabled or has expired.
    /// The roles of an owner from an identity provider are in its tokens, which the server does not keep: it may submit
    /// to the queue of the job that it owns.
    /// </summary>
    public Caller? Find(string owner, QueueName queue)
    {
        if (owner == AdminIdentity.Name)
            return Admin;
        if (owner.StartsWith(ApiKey.OwnerPrefix, StringComparison.Ordinal))
            return keys.Find(owner[ApiKey.OwnerPrefix.Length..]) is { } key
                && !(key.Document.Expires <= time.GetUtcNow())
                ? key.Caller
                : null;
        if (owner.StartsWith(OidcTokens.OwnerPrefix, StringComparison.Ordinal))
            return new Caller(owner, [new Grant(Role.Submitter, [queue])]);
        return users.Find(owner) is { IsEnabled: true } user ? user.Caller : null;
    }
}
