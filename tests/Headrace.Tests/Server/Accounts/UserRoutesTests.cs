using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

public sealed class UserRoutesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"name":"x","roles":["viewer"]}""", "The member 'password' is missing.")]
    [InlineData(
        """{"name":"x","roles":["viewer"],"password":"short"}""",
        "The password has 5 characters. Use 10 to 200 characters."
    )]
    [InlineData("""{"name":"X","roles":["viewer"],"password":"0123456789"}""", "'X' is not a valid name for a user.")]
    [InlineData("""{"name":"admin","roles":["viewer"],"password":"0123456789"}""", "The name 'admin' is reserved")]
    [InlineData("""{"name":"anonymous","roles":["viewer"],"password":"0123456789"}""", "is reserved")]
    [InlineData("""{"name":"x","roles":[],"password":"0123456789"}""", "The member 'roles' is missing.")]
    [InlineData("""{"name":"x","roles":["worker"],"password":"0123456789"}""", "'worker' is not a valid role.")]
    [InlineData("""{"name":"x","roles":[null],"password":"0123456789"}""", "'null' is not a valid role.")]
    [InlineData(
        """{"name":"x","roles":["viewer"],"password":"0123456789","maxJobs":0}""",
        "maxJobs=0 is not valid. Use a number of 1 or more."
    )]
    public async Task An_invalid_user_is_rejected_with_the_value_and_the_remedy(string json, string detail)
    {
        await using var scene = await StartAsync();

        using var response = await scene.Http.PostAsync("/v1/users", FrontScene.Json(json), Stop);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_exists_is_not_replaced()
    {
        await using var scene = await StartAsync();
        await scene.CreateUserAsync("ada", "viewer");

        using var response = await scene.Http.PostAsync(
            "/v1/users",
            FrontScene.Json("""{"name":"ada","roles":["admin"],"password":"another password"}"""),
            Stop
        );

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "name-in-use",
            "A user named 'ada' already exists. Choose another name, or change that user."
        );
        await scene.LogInAsync("ada");
    }

    [Fact]
    public async Task The_last_admin_can_be_neither_removed_nor_disabled_nor_demoted()
    {
        await using var scene = await StartAsync();
        await scene.CreateUserAsync("ada", "admin");
        await scene.CreateUserAsync("bob", "admin=eu");
        const string Detail =
            "ada is the last user with the role admin. Give that role to another user first: headrace users set NAME "
            + "--role admin.";

        using var remove = await scene.Http.DeleteAsync("/v1/users/ada", Stop);
        using var disable = await PatchAsync(scene, "ada", """{"disabled":true}""");
        using var demote = await PatchAsync(scene, "ada", """{"roles":["viewer"]}""");
        await FrontScene.AssertRefusedAsync(remove, 409, "last-admin", Detail);
        await FrontScene.AssertRefusedAsync(disable, 409, "last-admin", Detail);
        await FrontScene.AssertRefusedAsync(demote, 409, "last-admin", Detail);

        using var promote = await PatchAsync(scene, "bob", """{"roles":["admin"]}""");
        using var removeNow = await scene.Http.DeleteAsync("/v1/users/ada", Stop);
        Assert.Equal(HttpStatusCode.OK, removeNow.StatusCode);
    }

    [Fact]
    public async Task Two_admins_that_remove_each_other_at_the_same_time_leave_one()
    {
        await using var scene = await StartAsync();
        await scene.CreateUserAsync("ada", "admin");
        await scene.CreateUserAsync("bob", "admin");

        var replies = await Task.WhenAll(
            scene.Http.DeleteAsync("/v1/users/ada", Stop),
            scene.Http.DeleteAsync("/v1/users/bob", Stop)
        );

        Assert.Single(replies, reply => reply.StatusCode == HttpStatusCode.OK);
        Assert.Single(replies, reply => reply.StatusCode == HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_quota_limits_the_unfinished_jobs_of_a_user_and_of_nobody_else()
    {
        await using var scene = await StartAsync();
        using var ada = await scene.UserClientAsync("ada", "submitter");
        using var bob = await scene.UserClientAsync("bob", "submitter");
        using var limit = await PatchAsync(scene, "ada", """{"maxJobs":2,"maxBytes":1000}""");
        var first = await AccountScene.SubmitAsync(ada);
        await AccountScene.SubmitAsync(ada);

        using var third = await ada.PostAsync("/v1/jobs", FrontScene.Json("""{"method":"noop"}"""), Stop);
        var problem = await FrontScene.AssertRefusedAsync(
            third,
            429,
            "quota-exceeded",
            "ada has reached the limit of 2 unfinished jobs. Wait for jobs to end, or ask an admin to raise the limit."
        );
        Assert.NotNull(problem.RetryAfter);
        await AccountScene.SubmitAsync(bob);

        using var cancel = await ada.DeleteAsync($"/v1/jobs/{first}", Stop);
        using var large = await ada.PostAsync("/v1/jobs?method=noop", FrontScene.Bytes(new byte[1_001]), Stop);
        await FrontScene.AssertRefusedAsync(
            large,
            429,
            "quota-exceeded",
            "The bodies and params of ada's unfinished jobs total 0 bytes, and this job of 1001 bytes would "
                + "exceed the limit of 1000 bytes. Wait for jobs to end, or ask an admin to raise the limit."
        );
        await AccountScene.SubmitAsync(ada);
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_with_who_what_before_and_after()
    {
        await using var scene = await StartAsync();
        await scene.CreateUserAsync("ada", "viewer");
        using var change = await PatchAsync(scene, "ada", """{"roles":["submitter=eu"],"maxJobs":5}""");
        using var failure = await scene.PostLoginAsync("ada", "not the password");
        using var remove = await scene.Http.DeleteAsync("/v1/users/ada", Stop);

        var page = await AccountScene.GetAsync(scene.Http, "/v1/audit", HeadraceJson.Default.AuditPage);

        Assert.Equal(
            [
                ("admin", "remove user", "ada", "roles=submitter=eu maxJobs=5", null),
                ("anonymous", "fail to log in", "ada", null, "failures=1"),
                ("admin", "change user", "ada", "roles=viewer", "roles=submitter=eu maxJobs=5"),
                ("admin", "create user", "ada", null, "roles=viewer"),
            ],
            page.Entries.Select(entry => (entry.Who, entry.Action, entry.Target, entry.Before, entry.After))
        );
        Assert.All(page.Entries, entry => Assert.Equal("127.0.0.1", entry.From));
    }

    private static async Task<AccountScene> StartAsync()
    {
        var scene = new AccountScene();
        await scene.InitializeAsync();
        return scene;
    }

    private static Task<HttpResponseMessage> PatchAsync(AccountScene scene, string user, string json) =>
        scene.Http.PatchAsync($"/v1/users/{user}", FrontScene.Json(json), Stop);
}
