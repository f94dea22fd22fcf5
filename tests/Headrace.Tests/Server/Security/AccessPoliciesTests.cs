using Headrace.Server.Access;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class AccessPoliciesTests
{
    [Fact]
    public async Task The_policy_of_each_access_level_admits_the_roles_of_the_table()
    {
        foreach (var role in Enum.GetValues<Role>())
            foreach (var row in RoleTable.Rows.Where(row => row.Level is not null))
                Assert.Equal(
                    (role, row.Level, row.Roles.Contains(role)),
                    (role, row.Level, await PassesAsync(new Caller("ada", [new Grant(role)]), row.Level.ToString()))
                );
    }

    [Fact]
    public async Task A_route_without_an_access_level_requires_the_admin_role()
    {
        Assert.False(await PassesAsync(new Caller("ada", [new Grant(Role.Operator)]), policy: null));
        Assert.True(await PassesAsync(new Caller("ada", [new Grant(Role.Admin)]), policy: null));
    }

    [Fact]
    public async Task A_caller_without_a_key_satisfies_no_policy()
    {
        foreach (var row in RoleTable.Rows.Where(row => row.Level is not null))
            Assert.False(await PassesAsync(Caller.Anonymous, row.Level.ToString()));
    }

    /// <summary>
    /// Returns whether a caller satisfies the policy. If the policy is null, the fallback policy applies.
    /// </summary>
    private static async Task<bool> PassesAsync(Caller caller, string? policy)
    {
        await using var services = new ServiceCollection().AddLogging().AddSecurity().BuildServiceProvider();
        var policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
        var required = policy is null ? await policies.GetFallbackPolicyAsync() : await policies.GetPolicyAsync(policy);
        var result = await services
            .GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(caller.Principal, resource: null, required!);
        return result.Succeeded;
    }
}
