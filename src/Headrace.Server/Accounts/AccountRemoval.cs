using Headrace.Core.Registry;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;

namespace Headrace.Server.Accounts;

/// <summary>
/// Ends what a user holds: the logins and the keys. A later user of the same name must not inherit them.
/// </summary>
internal sealed class AccountRemoval(IRegistry registry, ApiKeys keys, Sessions sessions)
{
    /// <summary>Number of writes that a command has room for beside the change itself and its audit entry.</summary>
    private const int MaxRemovals = RegistryLimits.WritesPerCommand - 4;

    /// <summary>
    /// Returns the writes that end the logins of a user, and with <paramref name="withKeys"/> its keys. If they are too
    /// many for one command, all but the last are written at once; the user still exists then, so that the request can
    /// be repeated after a crash.
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
