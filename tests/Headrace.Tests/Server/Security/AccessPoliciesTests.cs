using System.Security.Claims;
using Headrace.Server.Http;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class AccessPoliciesTests
{
    private static readonly AccessLevel[] Levels =
    [
        AccessLevel.Worker,
        AccessLevel.Submit,
        AccessLevel.Read,
        AccessLevel.Admin,
    ];

    [Fact]
    public async Task A_caller_has_the_access_level_of_its_role_and_an_admin_has_every_level()
    {
        var passed = new List<string>();

        foreach (var role in Levels)
            foreach (var level in Levels)
                if (await PassesAsync(role.ToString(), level.ToString()))
                    passed.Add($"{role} {level}");

        Assert.Equal(
            [
                "Worker Worker",
                "Submit Submit",
                "Read Read",
                "Admin Worker",
                "Admin Submit",
                "Admin Read",
                "Admin Admin",
            ],
            passed
        );
    }

    [Fact]
    public async Task A_route_without_an_access_level_requires_the_admin_role()
    {
        Assert.False(await PassesAsync(nameof(AccessLevel.Read), policy: null));
        Assert.True(await PassesAsync(nameof(AccessLevel.Admin), policy: null));
    }

    /// <summary>
    /// Returns whether a caller with the given role satisfies the policy. If the policy is null, the fallback policy
    /// applies.
    /// </summary>
    private static async Task<bool> PassesAsync(string role, string? policy)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(new AdminIdentity("hr_key"))
            .AddSecurity()
            .BuildServiceProvider();
        var policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
        var required = policy is null ? await policies.GetFallbackPolicyAsync() : await policies.GetPolicyAsync(policy);
        var caller = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, role)], "test"));
        var result = await services
            .GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(caller, resource: null, required!);
        return result.Succeeded;
    }
}
