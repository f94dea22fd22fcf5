using Headrace.Core.Registry;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;

namespace Headrace.Server.Accounts;

/// <summary>
/// Prevents changes that would leave no user with the admin role. A change that removes an admin reads a shared
/// document, counts the admins, and replaces the document if its version has not changed. If two such changes run
/// concurrently, one of them fails.
/// </summary>
internal sealed class LastAdmin(IRegistry registry, Users users)
{
    private const string Kind = "account-guard";
    private const string Id = "admins";

    /// <summary>
    /// Returns the additional write for a change that removes the admin role from the user, or a problem if the user is
    /// the last admin.
    /// </summary>
    public Result<RegistryWrite> Demote(User user)
    {
        var version = registry.Get(Kind, Id)?.Version ?? RegistryWrite.Absent;
        return users.All().Any(other => other.IsAdmin && other.Name != user.Name)
            ? new RegistryWrite.Put(Kind, Id, "{}"u8.ToArray(), version)
            : new Problem(
                ProblemKinds.LastAdmin,
                $"{user.Name} is the last user with the role admin. Give that role to another user first: headrace "
                    + "users set NAME --role admin."
            );
    }
}
