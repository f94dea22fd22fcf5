using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Security;

/// <summary>
/// Defines one authorization policy per access level, with the same name. A caller satisfies a policy if it has the
/// role of that access level or is an admin.
/// </summary>
internal static class AccessPolicies
{
    /// <summary>
    /// Adds bearer authentication and the policies. The caller must also register the <see cref="AdminIdentity"/>
    /// and the <see cref="WorkerKeys"/>.
    /// </summary>
    public static IServiceCollection AddSecurity(this IServiceCollection services)
    {
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = BearerAuthentication.Scheme;
            authentication.AddScheme<BearerAuthentication>(BearerAuthentication.Scheme, displayName: null);
        });
        services.AddSingleton<BearerKeys>().AddTransient<BearerAuthentication>();
        services.AddAuthorization(authorization =>
        {
            foreach (var level in Enum.GetValues<AccessLevel>().Where(level => level != AccessLevel.Public))
                authorization.AddPolicy(level.ToString(), RequireRole(level));
            // Routes without an access level, and paths without a route, require the admin role.
            authorization.FallbackPolicy = RequireRole(AccessLevel.Admin);
        });
        return services;
    }

    private static AuthorizationPolicy RequireRole(AccessLevel level) =>
        new AuthorizationPolicyBuilder().RequireRole(level.ToString(), nameof(AccessLevel.Admin)).Build();
}
