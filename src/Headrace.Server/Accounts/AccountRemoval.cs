using Headrace.Core.Registry;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;

namespace Headrace.Server.Accounts;

/// <summary>
/// Ends the logins and keys of a user, so that a later user with the same name does not inherit them.
/// </summary>
internal sealed class AccountRemoval(IRegistry registry, ApiKeys keys, Sessions sessions)
{
    /// <summary>
    /// Maximum number of removals in one command. The command's other writes are for the change itself and its audit
    /// entry.
    /// </summary>
    private const int MaxRemovals = RegistryLimits.WritesPerCommand - 4;

    /// <summary>
    /// Returns the writes that end the logins of a user and, if <paramref name="withKeys"/> is true, delete the user's
    /// keys. If there are too many for one command, this method executes most of them itself, in several commands, and
    /// returns the rest. The user still exists at that point, so the request can be repeated after a crash.
    /// </summary>
    public async Task<Result<IReadOnlyList<RegistryWrite>>> EndAsync(
        string user,
        bool withKeys,
        CancellationToken cancellationToken
    )
    {
        var removals = new List<RegistryWrite>();
        removals.AddRange(
            sessions
                .Of(user)
                .Select(session => new RegistryWrite.Delete(SessionDocument.Kind, session.Id, RegistryWrite.AnyVersion))
        );
        if (withKeys)
            removals.AddRange(
                keys.All()
                    .Where(key => key.Document.User == user)
                    .Select(key => new RegistryWrite.Delete(ApiKeyDocument.Kind, key.Name, RegistryWrite.AnyVersion))
            );
        while (removals.Count > MaxRemovals)
        {
            if (await registry.WriteAsync(cancellationToken, removals[..MaxRemovals]) is { } failed)
                return failed;
            removals.RemoveRange(0, MaxRemovals);
        }
        return removals;
    }
}
