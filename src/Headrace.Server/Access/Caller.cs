using System.Security.Claims;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Access;

/// <summary>
/// A caller's name and permissions. The name is also the owner of the jobs that the caller submits. All requests with
/// the same key share one object.
/// </summary>
internal sealed class Caller
{
    /// <summary>The authentication type of a caller's identity.</summary>
    private const string AuthenticationType = "Headrace";

    /// <summary>A caller without a key. It may use only public routes.</summary>
    public static readonly Caller Anonymous = new("anonymous", []);

    /// <summary>The queues to which each permission applies, indexed by the permission's enumeration value.</summary>
    private readonly QueueScope[] _scopes;

    public Caller(string name, IReadOnlyList<Grant> grants)
        : this(name, grants, Scopes(grants), isAuthenticated: grants.Count > 0) { }

    private Caller(string name, IReadOnlyList<Grant> grants, QueueScope[] scopes, bool isAuthenticated)
    {
        (Name, Grants, _scopes) = (name, grants, scopes);
        Principal = new ClaimsPrincipal(
            new Identity(this, isAuthenticated ? AuthenticationType : null, [new Claim(ClaimTypes.Name, name)])
        );
    }

    public string Name { get; }

    /// <summary>
    /// The roles of the caller. A caller created by <see cref="LimitedTo"/> may have permissions that are included in
    /// none of these roles.
    /// </summary>
    public IReadOnlyList<Grant> Grants { get; }

    /// <summary>The caller as an ASP.NET Core principal.</summary>
    public ClaimsPrincipal Principal { get; }

    /// <summary>
    /// Limits on the number and total bytes of the caller's unfinished jobs; null if the caller has no separate limits.
    /// </summary>
    public OwnerQuota? Quota { get; init; }

    /// <summary>
    /// The workers on whose behalf the caller may exchange messages; null for all workers. The limit has no effect
    /// without the permission to exchange messages.
    /// </summary>
    public WorkerLimit? WorkerLimit { get; init; }

    /// <summary>
    /// The name of the bridge if the caller is a bridge; otherwise null. Only this caller may consume the bridge's
    /// feed.
    /// </summary>
    public string? Bridge { get; init; }

    /// <summary>Whether the caller may read every job, in which case individual jobs need not be checked.</summary>
    public bool ReadsAllJobs => ScopeOf(Permission.ReadOthers).IsAll;

    /// <summary>Returns the caller that sent a request.</summary>
    public static Caller Of(HttpContext context) => Of(context.User);

    public static Caller Of(ClaimsPrincipal principal) => (principal.Identity as Identity)?.Caller ?? Anonymous;

    /// <summary>Returns whether the caller may call a route with this access level.</summary>
    public bool May(AccessLevel level)
    {
        if (RoleTable.Required(level) is not { } permission)
            return level == AccessLevel.Public;
        var scope = ScopeOf(permission);
        return RoleTable.IsServerWide(permission) ? scope.IsAll : !scope.IsEmpty;
    }

    public bool May(Permission permission, QueueName queue) => ScopeOf(permission).Contains(queue);

    public QueueScope ScopeOf(Permission permission) => _scopes[(int)permission];

    public bool MayRead(JobSpec job) =>
        May(Permission.ReadOthers, job.Queue) || (job.Owner == Name && May(Permission.Read, job.Queue));

    public bool MayCancel(JobSpec job) =>
        May(Permission.CancelOthers, job.Queue) || (job.Owner == Name && May(Permission.Submit, job.Queue));

    /// <summary>Returns whether the other caller has exactly the same permissions.</summary>
    public bool HasSamePermissionsAs(Caller other) =>
        _scopes.Zip(other._scopes).All(pair => pair.First.Covers(pair.Second) && pair.Second.Covers(pair.First));

    /// <summary>Returns a caller with the same name and only those permissions that the grants also permit.</summary>
    public Caller LimitedTo(IReadOnlyList<Grant> grants)
    {
        QueueScope[] scopes = [.. Scopes(grants).Zip(_scopes, (one, other) => one.Intersect(other))];
        var roles = RoleTable.RolesOf(permission => scopes[(int)permission]);
        return new Caller(Name, roles, scopes, isAuthenticated: true) { Quota = Quota };
    }

    public override string ToString() => Name;

    private static QueueScope[] Scopes(IReadOnlyList<Grant> grants) =>
        [
            .. Enum.GetValues<Permission>()
                .Select(permission =>
                    QueueScope.Union(grants.Where(grant => RoleTable.Permits(grant.Role, permission)))
                ),
        ];

    private sealed class Identity(Caller caller, string? type, IEnumerable<Claim> claims) : ClaimsIdentity(claims, type)
    {
        public Caller Caller { get; } = caller;
    }
}
