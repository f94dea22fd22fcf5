using System.Collections.Frozen;
using Headrace.Server.Http;

namespace Headrace.Server.Access;

/// <summary>
/// Defines what each role permits. The policies, the checks for individual jobs, the tables in docs/security.md and the
/// tests are all derived from this table.
/// </summary>
internal static class RoleTable
{
    public static readonly IReadOnlyList<RoleTableRow> Rows =
    [
        new(
            Permission.Submit,
            AccessLevel.Submit,
            "submit jobs, and cancel one's own",
            [Role.Submitter, Role.Operator, Role.Admin]
        ),
        new(
            Permission.Read,
            AccessLevel.Read,
            "read one's own jobs, and the queues, methods, workers and pools",
            [Role.Viewer, Role.Submitter, Role.Operator, Role.Admin]
        ),
        new(Permission.ReadOthers, null, "read the jobs of others", [Role.Viewer, Role.Operator, Role.Admin]),
        new(Permission.CancelOthers, null, "cancel the jobs of others", [Role.Operator, Role.Admin]),
        new(Permission.Operate, AccessLevel.Operate, "control queues, pools and workers", [Role.Operator, Role.Admin]),
        new(Permission.Administer, AccessLevel.Admin, "manage users and keys or read the audit log", [Role.Admin]),
        new(Permission.Exchange, AccessLevel.Worker, "run jobs as a worker", [Role.Admin, Role.Worker]),
    ];

    private static readonly FrozenDictionary<AccessLevel, Permission> ByLevel = Rows.Where(static row =>
            row.Level is not null
        )
        .ToFrozenDictionary(static row => row.Level!.Value, static row => row.Permission);

    public static bool Permits(Role role, Permission permission) => RowOf(permission).Roles.Contains(role);

    /// <summary>
    /// Returns the roles of a caller with these permissions, each with its queues. A role is omitted if another role
    /// includes its permissions. The caller may have permissions that are included in none of the returned roles.
    /// </summary>
    public static IReadOnlyList<Grant> RolesOf(Func<Permission, QueueScope> scopeOf)
    {
        var roles = new List<(Role Role, QueueScope Scope)>();
        // The roles with the most permissions come first.
        foreach (var role in (Role[])[Role.Admin, Role.Operator, Role.Submitter, Role.Viewer])
        {
            var scope = PermissionsOf(role).Select(scopeOf).Aggregate((one, other) => one.Intersect(other));
            if (!scope.IsEmpty && !roles.Any(other => other.Scope.Covers(scope) && Includes(other.Role, role)))
                roles.Add((role, scope));
        }
        return [.. roles.Select(one => new Grant(one.Role, one.Scope.Queues))];
    }

    /// <summary>Returns the permission that a route with this access level requires; null if there is none.</summary>
    public static Permission? Required(AccessLevel level) =>
        ByLevel.TryGetValue(level, out var permission) ? permission : null;

    /// <summary>Describes the roles that may call a route with this access level, for use in a message.</summary>
    public static string DescribeRoles(AccessLevel level)
    {
        var row = Rows.First(row => row.Level == level);
        var names = row.Roles.Select(Grant.NameOf).ToList();
        var roles = names.Count == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
        return $"the role {roles}{(IsServerWide(row.Permission) ? " for all queues" : "")}";
    }

    /// <summary>
    /// Returns whether the permission is withheld from roles that are limited to queues, because it affects the whole
    /// server.
    /// </summary>
    public static bool IsServerWide(Permission permission) =>
        permission is Permission.Operate or Permission.Administer or Permission.Exchange;

    private static IEnumerable<Permission> PermissionsOf(Role role) =>
        Rows.Where(row => row.Roles.Contains(role)).Select(row => row.Permission);

    private static bool Includes(Role role, Role other) => !PermissionsOf(other).Except(PermissionsOf(role)).Any();

    private static RoleTableRow RowOf(Permission permission) => Rows[(int)permission];
}

/// <summary>A permission, the access level of the routes that require it, and the roles that have it.</summary>
/// <param name="Permission">The permission. The rows are in the same order as the enumeration.</param>
/// <param name="Level">The access level of the routes; null if routes decide for each job.</param>
/// <param name="Description">What a caller with the permission may do.</param>
/// <param name="Roles">The roles that have the permission.</param>
internal sealed record RoleTableRow(
    Permission Permission,
    AccessLevel? Level,
    string Description,
    IReadOnlyList<Role> Roles
);
