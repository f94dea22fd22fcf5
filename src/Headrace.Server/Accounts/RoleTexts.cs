using Headrace.Core;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Accounts;

/// <summary>Reads the names and roles in requests about users and keys.</summary>
internal static class RoleTexts
{
    /// <summary>
    /// Maximum number of roles for a user or key. It is large enough to combine each of the four roles with several
    /// groups of queues.
    /// </summary>
    private const int MaxRoles = 64;

    /// <summary>Returns the problem with a name; null if the name is valid.</summary>
    public static Problem? CheckName(string? name, string what)
    {
        if (string.IsNullOrEmpty(name))
            return Problem.BadRequest($"The member 'name' is missing. Set it to the name of the {what}.");
        if (!NameFormat.IsValid(name))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(name)}' is not a valid name for a {what}. Use {NameFormat.Description}."
            );
        return name is "admin" or "anonymous"
            ? Problem.BadRequest(
                $"The name '{name}' is reserved: jobs that are submitted with the admin key, or without a key, belong "
                    + "to it. Choose another name."
            )
            : null;
    }

    /// <summary>Returns the problem with the roles; null if they are valid.</summary>
    public static Problem? CheckRoles(IReadOnlyList<string?>? roles)
    {
        if (roles is null or { Count: 0 })
            return Problem.BadRequest($"The member 'roles' is missing. Set it to a list of roles: {Grant.Format}.");
        if (roles.Count > MaxRoles)
            return Problem.BadRequest($"There are {roles.Count} roles; the limit is {MaxRoles}.");
        foreach (var role in roles)
            if (!Grant.TryParse(role, out _))
                return Problem.BadRequest(
                    $"'{QuotedText.Clip(role ?? "null")}' is not a valid role. Use {Grant.Format}."
                );
        return null;
    }
}
