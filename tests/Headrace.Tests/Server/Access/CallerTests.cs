using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Access;

public sealed class CallerTests
{
    private static readonly QueueName Eu = new("eu");
    private static readonly QueueName Us = new("us");

    [Theory]
    [InlineData("viewer", true, true, false, false)]
    [InlineData("submitter", true, false, true, false)]
    [InlineData("operator", true, true, true, true)]
    [InlineData("admin", true, true, true, true)]
    public void A_role_decides_about_the_jobs_of_the_caller_and_of_others(
        string role,
        bool readsOwn,
        bool readsOthers,
        bool cancelsOwn,
        bool cancelsOthers
    )
    {
        var caller = Of("ada", role);

        Assert.Equal(readsOwn, caller.MayRead(Job("ada", Eu)));
        Assert.Equal(readsOthers, caller.MayRead(Job("bob", Eu)));
        Assert.Equal(cancelsOwn, caller.MayCancel(Job("ada", Eu)));
        Assert.Equal(cancelsOthers, caller.MayCancel(Job("bob", Eu)));
        Assert.Equal(readsOthers, caller.ReadsAllJobs);
    }

    [Fact]
    public void A_role_that_is_limited_to_queues_permits_nothing_elsewhere()
    {
        var caller = Of("ada", "operator=eu");

        Assert.True(caller.MayCancel(Job("bob", Eu)));
        Assert.True(caller.May(Permission.Submit, Eu));
        Assert.False(caller.MayRead(Job("bob", Us)));
        Assert.False(caller.MayRead(Job("ada", Us)));
        Assert.False(caller.May(Permission.Submit, Us));
        Assert.False(caller.ReadsAllJobs);
        Assert.True(caller.May(AccessLevel.Read));
    }

    [Fact]
    public void What_affects_the_whole_server_requires_a_role_on_all_queues()
    {
        var limited = Of("ada", "admin=eu");

        Assert.False(limited.May(AccessLevel.Admin));
        Assert.False(limited.May(AccessLevel.Operate));
        Assert.False(limited.May(AccessLevel.Worker));
        Assert.True(limited.May(AccessLevel.Submit));
        Assert.True(Of("ada", "admin").May(AccessLevel.Admin));
    }

    [Fact]
    public void Several_roles_add_up()
    {
        var caller = Of("ada", "viewer", "submitter=eu");

        Assert.True(caller.MayRead(Job("bob", Us)));
        Assert.True(caller.May(Permission.Submit, Eu));
        Assert.False(caller.May(Permission.Submit, Us));
        Assert.False(caller.MayCancel(Job("bob", Eu)));
    }

    [Theory]
    [InlineData("admin", "submitter", "submitter")]
    [InlineData("submitter=eu", "admin", "submitter=eu")]
    [InlineData("operator=eu,us", "submitter=us,asia", "submitter=us")]
    [InlineData("admin", "operator=us,eu", "operator=eu,us")]
    [InlineData("viewer", "submitter", "")]
    [InlineData("admin", "admin", "admin")]
    public void A_limited_caller_has_the_roles_whose_permissions_both_have(string one, string other, string roles)
    {
        var limited = Of("ada", one).LimitedTo(Grants(other));

        Assert.Equal(roles, string.Join(' ', limited.Grants));
        Assert.True(limited.Principal.Identity!.IsAuthenticated);
        Assert.True(limited.HasSamePermissionsAs(Of("ada", other).LimitedTo(Grants(one))));
        Assert.Equal(one == other, limited.HasSamePermissionsAs(Of("ada", "admin")));
    }

    [Fact]
    public void A_limited_caller_may_do_only_what_both_may()
    {
        var limited = Of("ada", "operator=eu,us").LimitedTo(Grants("submitter=eu", "admin"));

        Assert.Equal("ada", limited.Name);
        Assert.True(limited.MayCancel(Job("bob", Us)));
        Assert.False(limited.May(AccessLevel.Admin));
        Assert.False(Of("ada", "viewer").LimitedTo(Grants("admin")).May(AccessLevel.Submit));
    }

    [Fact]
    public void A_caller_without_a_key_may_only_use_public_routes()
    {
        Assert.Equal([AccessLevel.Public], Enum.GetValues<AccessLevel>().Where(level => Caller.Anonymous.May(level)));
        Assert.False(Caller.Anonymous.Principal.Identity!.IsAuthenticated);
    }

    private static Caller Of(string name, params string[] roles) => new(name, Grants(roles));

    private static Grant[] Grants(params string[] roles) =>
        [
            .. roles.Select(role =>
            {
                Assert.True(Grant.TryParse(role, out var grant));
                return grant;
            }),
        ];

    private static JobSpec Job(string owner, QueueName queue) =>
        new()
        {
            Owner = owner,
            Queue = queue,
            Method = new MethodName("noop"),
        };
}
