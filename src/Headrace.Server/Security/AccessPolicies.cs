using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Security;

/// <summary>
/// One authorization policy for each access level, named after it. A caller passes with the role of that level, or as
/// an admin.
/// </summary>
internal static class AccessPolicies
{
    /// <summary>
    /// Adds bearer authentication and the policies. The composition provides the <see cref="AdminIdentity"/>.
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
            // A route without a level of its own, and an address without a route, are for the admin alone.
            authorization.FallbackPolicy = RequireRole(AccessLevel.Admin);
        });
        return services;
    }

    private static AuthorizationPolicy RequireRole(AccessLevel level) =>
        new AuthorizationPolicyBuilder().RequireRole(level.ToString(), nameof(AccessLevel.Admin)).Build();
}
