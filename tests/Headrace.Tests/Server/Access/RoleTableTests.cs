using Headrace.Server.Access;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Access;

public sealed class RoleTableTests
{
    [Fact]
    public void Every_permission_has_one_row_in_the_order_of_the_enumeration() =>
        Assert.Equal(Enum.GetValues<Permission>(), RoleTable.Rows.Select(row => row.Permission));

    [Fact]
    public void Every_access_level_except_public_requires_one_permission()
    {
        foreach (var level in Enum.GetValues<AccessLevel>())
            Assert.Equal(level == AccessLevel.Public ? 0 : 1, RoleTable.Rows.Count(row => row.Level == level));
    }

    [Fact]
    public void An_admin_has_every_permission_and_each_further_role_at_most_those_of_the_next()
    {
        Assert.All(RoleTable.Rows, row => Assert.Contains(Role.Admin, row.Roles));
        Assert.All(
            RoleTable.Rows.Where(row => row.Roles.Contains(Role.Viewer) || row.Roles.Contains(Role.Submitter)),
            row => Assert.Contains(Role.Operator, row.Roles)
        );
    }

    [Fact]
    public void A_worker_may_only_exchange_messages() =>
        Assert.Equal(
            [Permission.Exchange],
            Enum.GetValues<Permission>().Where(permission => RoleTable.Permits(Role.Worker, permission))
        );
}
