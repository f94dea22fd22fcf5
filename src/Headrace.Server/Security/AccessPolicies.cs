using Headrace.Server.Access;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Security;

/// <summary>
/// Defines one authorization policy for each access level, named after the level. The role table defines which callers
/// satisfy a policy.
/// </summary>
internal static class AccessPolicies
{
    /// <summary>
    /// Adds bearer authentication and the policies. The caller must also register the <see cref="WorkerKeys"/>.
    /// </summary>
    public static IServiceCollection AddSecurity(this IServiceCollection services)
    {
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = BearerAuthentication.Scheme;
            authentication.AddScheme<BearerAuthentication>(BearerAuthentication.Scheme, displayName: null);
        });
        services.AddSingleton<Authenticator>().AddTransient<BearerAuthentication>();
        services.AddSingleton<AdminIdentity>();
        services.AddSingleton<ICredentialKind>(service => service.GetRequiredService<AdminIdentity>());
        services.AddSingleton<ICredentialKind>(service => service.GetRequiredService<WorkerKeys>());
        services.AddSingleton<ICredentialKind, ApiKeys>(service => service.GetRequiredService<ApiKeys>());
        services.AddSingleton<ICredentialKind, TokenCredentials>();
        services
            .AddSingleton<ApiKeys>()
            .AddSingleton<KeyUse>()
            .AddSingleton<Users>()
            .AddSingleton<Owners>()
            .AddSingleton<Sessions>();
        services.AddSingleton<SigningKeys>().AddSingleton<LoginTokens>();
        services.AddSingleton<ITokenIssuer>(service => service.GetRequiredService<LoginTokens>());
        services.AddSingleton<BrowserSessions>().AddSingleton<Passwords>().AddSingleton<LoginThrottle>();
        services.AddSingleton<LoginQueue>();
        services.AddAuthorization(authorization =>
        {
            foreach (var level in Enum.GetValues<AccessLevel>().Where(level => level != AccessLevel.Public))
                authorization.AddPolicy(level.ToString(), Require(level));
            // Routes without an access level, and paths without a route, require the admin role.
            authorization.FallbackPolicy = Require(AccessLevel.Admin);
        });
        return services;
    }

    private static AuthorizationPolicy Require(AccessLevel level) =>
        new AuthorizationPolicyBuilder()
            .RequireAuthenticatedUser()
            .RequireAssertion(context => Caller.Of(context.User).May(level))
            .Build();
}
