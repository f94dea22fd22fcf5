using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>
/// Tests that two users cannot see or cancel each other's jobs on any route, unless their roles permit it.
/// </summary>
public sealed class JobOwnershipTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submitter_reads_its_own_job_and_not_the_job_of_another()
    {
        var (ada, bob) = await SubmittersAsync("own");
        var id = await AccountScene.SubmitAsync(ada);

        foreach (var path in PathsOf(id))
        {
            Assert.NotEqual(HttpStatusCode.NotFound, await AccountScene.StatusAsync(ada, path));
            Assert.Equal(HttpStatusCode.NotFound, await AccountScene.StatusAsync(bob, path));
        }
    }

    [Fact]
    public async Task The_job_of_another_is_answered_like_a_job_that_does_not_exist_and_without_a_wait()
    {
        var (ada, bob) = await SubmittersAsync("like");
        var id = await AccountScene.SubmitAsync(ada);

        using var foreign = await bob.GetAsync($"/v1/jobs/{id}?wait=30", Stop);
        using var missing = await bob.GetAsync("/v1/jobs/99999999?wait=30", Stop);

        Assert.Equal(
            (await FrontScene.TextAsync(missing)).Replace("99999999", id, StringComparison.Ordinal),
            await FrontScene.TextAsync(foreign)
        );
    }

    [Theory]
    [InlineData("/v1/jobs?q=")]
    [InlineData("/v1/failures?q=")]
    public async Task A_search_does_not_tell_how_many_jobs_of_others_match(string list)
    {
        using var ada = await scene.KeyClientAsync($"examined-ada{list.Length}", "submitter=hidden");
        using var bob = await scene.KeyClientAsync($"examined-bob{list.Length}", "submitter=seen", "viewer=seen");
        using var submitted = await ada.PostAsync(
            "/v1/jobs",
            FrontScene.Json(
                """{"method":"noop","queue":"hidden","tags":["secret-tag"],"idempotencyKey":"secret-key"}"""
            ),
            Stop
        );
        Assert.Equal(HttpStatusCode.Accepted, submitted.StatusCode);

        foreach (
            var filter in (string[])
                ["tag:secret-tag", "key:secret-key", "tag:secret-tag queue:seen", "queue:hidden", "from:2020-01-01"]
        )
            Assert.Equal(0, await ExaminedAsync(bob, list + filter));
        if (list.StartsWith("/v1/jobs", StringComparison.Ordinal))
            Assert.True(await ExaminedAsync(scene.Http, list + "tag:secret-tag") > 0);
    }

    [Fact]
    public async Task A_dry_run_does_not_tell_how_many_jobs_of_others_match()
    {
        using var ada = await scene.KeyClientAsync("dry-ada", "submitter=dry");
        using var bob = await scene.KeyClientAsync("dry-bob", "submitter=dry");
        await AccountScene.SubmitAsync(ada, "dry");
        var own = await AccountScene.SubmitAsync(bob, "dry");

        using var response = await bob.PostAsync(
            "/v1/jobs:cancel",
            FrontScene.Json("""{"filter":"queue:dry from:2020-01-01","dryRun":true}"""),
            Stop
        );

        var reply = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.MatchReply);
        Assert.Equal((1, 1), (reply.Matches, reply.Examined));
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(bob, $"/v1/jobs/{own}"));
    }

    private static async Task<long> ExaminedAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Stop);
        var text = await FrontScene.TextAsync(response);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return System.Text.Json.JsonElement.Parse(text).GetProperty("examined").GetInt64();
    }

    [Fact]
    public async Task A_submitter_cancels_its_own_job_and_not_the_job_of_another()
    {
        var (ada, bob) = await SubmittersAsync("cancel");
        var id = await AccountScene.SubmitAsync(ada);

        using var foreign = await bob.DeleteAsync($"/v1/jobs/{id}", Stop);
        using var own = await ada.DeleteAsync($"/v1/jobs/{id}", Stop);

        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task A_viewer_reads_every_job_but_cancels_none()
    {
        var (ada, _) = await SubmittersAsync("view");
        using var viewer = await scene.KeyClientAsync("view-viewer", "viewer", "submitter=other");
        var id = await AccountScene.SubmitAsync(ada);

        using var read = await viewer.GetAsync($"/v1/jobs/{id}", Stop);
        using var cancel = await viewer.DeleteAsync($"/v1/jobs/{id}", Stop);

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        await FrontScene.AssertRefusedAsync(
            cancel,
            403,
            "forbidden",
            $"key:view-viewer may read job {id}, but may not cancel it, because it was submitted by key:view-ada. Ask "
                + "its owner, or use a key with the role operator."
        );
    }

    [Fact]
    public async Task An_operator_of_a_queue_cancels_every_job_in_it_and_sees_no_other_queue()
    {
        var (ada, _) = await SubmittersAsync("oper");
        using var keeper = await scene.KeyClientAsync("oper-keeper", "operator=oper-eu");
        var inside = await AccountScene.SubmitAsync(ada, "oper-eu");
        var outside = await AccountScene.SubmitAsync(ada, "oper-us");

        using var cancelInside = await keeper.DeleteAsync($"/v1/jobs/{inside}", Stop);
        using var cancelOutside = await keeper.DeleteAsync($"/v1/jobs/{outside}", Stop);
        var queues = await AccountScene.GetAsync(keeper, "/v1/queues", HeadraceJson.Default.IReadOnlyListQueueReply);

        Assert.Equal(HttpStatusCode.OK, cancelInside.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, cancelOutside.StatusCode);
        Assert.Equal(["oper-eu"], queues.Select(queue => queue.Name));
        Assert.Equal(HttpStatusCode.NotFound, await AccountScene.StatusAsync(keeper, "/v1/queues/oper-us"));
    }

    [Fact]
    public async Task Lists_contain_only_the_jobs_that_the_caller_may_read()
    {
        var (ada, bob) = await SubmittersAsync("list");
        using var mixed = await scene.KeyClientAsync("list-mixed", "viewer=list-eu", "submitter=list-us");
        var ofAda = await AccountScene.SubmitAsync(ada, "list-eu");
        var ofBob = await AccountScene.SubmitAsync(bob, "list-us");
        var ofMixed = await AccountScene.SubmitAsync(mixed, "list-us");

        Assert.Equal([ofAda], await ListAsync(ada, ""));
        Assert.Equal([ofBob], await ListAsync(bob, ""));
        Assert.Equal([ofMixed, ofAda], await ListAsync(mixed, ""));
        Assert.Equal([ofMixed], await ListAsync(mixed, "queue:list-us"));
        Assert.Equal([ofAda], await ListAsync(mixed, "queue:list-eu"));
        Assert.Contains(ofBob, await ListAsync(scene.Http, "queue:list-us"));
    }

    [Fact]
    public async Task Asking_for_the_jobs_of_another_owner_is_rejected_with_the_remedy()
    {
        var (ada, _) = await SubmittersAsync("ask");

        using var response = await ada.GetAsync("/v1/jobs?q=owner:bob", Stop);

        await FrontScene.AssertRefusedAsync(
            response,
            403,
            "forbidden",
            "key:ask-ada may read only its own jobs, not those of 'bob'. Leave out 'owner:', or use a key with the "
                + "role viewer."
        );
    }

    [Fact]
    public async Task Counts_of_all_owners_are_hidden_from_a_caller_that_may_read_only_its_own_jobs()
    {
        var (ada, bob) = await SubmittersAsync("count");
        await AccountScene.SubmitAsync(bob, "count-eu");

        var page = await AccountScene.GetAsync(ada, "/v1/jobs?q=queue:count-eu", HeadraceJson.Default.JobPage);
        var queue = await AccountScene.GetAsync(ada, "/v1/queues/count-eu", HeadraceJson.Default.QueueReply);
        var all = await AccountScene.GetAsync(scene.Http, "/v1/queues/count-eu", HeadraceJson.Default.QueueReply);

        Assert.Empty(page.Counts);
        Assert.Empty(queue.Counts);
        Assert.Contains(all.Counts, count => count.Jobs == 1);
    }

    [Fact]
    public async Task Results_and_leases_of_others_are_hidden()
    {
        var worker = await scene.JoinAsync("owned");
        var (ada, bob) = await SubmittersAsync("result");
        var id = await AccountScene.SubmitAsync(ada, "result-eu", "owned");
        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        Assert.Contains(id, await ResultsAsync(ada));
        Assert.DoesNotContain(id, await ResultsAsync(bob));
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(ada, $"/v1/jobs/{id}/result"));
        Assert.Equal(HttpStatusCode.NotFound, await AccountScene.StatusAsync(bob, $"/v1/jobs/{id}/result"));
        var workers = await AccountScene.GetAsync(bob, "/v1/workers", HeadraceJson.Default.IReadOnlyListWorkerReply);
        Assert.NotEmpty(workers);
        Assert.All(workers, one => Assert.Empty(one.Leases));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await AccountScene.StatusAsync(bob, $"/v1/workers/{workers[0].Name}/log")
        );
    }

    [Fact]
    public async Task A_submission_to_a_queue_outside_the_role_is_rejected_in_every_form()
    {
        using var eu = await scene.KeyClientAsync("form-eu", "submitter=form-eu");
        const string Detail =
            "key:form-eu may not submit to the queue 'form-us', only to 'form-eu'. Use a key that has the required "
            + "permission.";

        using var json = await eu.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","queue":"form-us"}"""),
            Stop
        );
        using var raw = await eu.PostAsync("/v1/jobs?method=noop&queue=form-us", null, Stop);
        using var batch = await eu.PostAsync(
            "/v1/jobs:batch",
            new StringContent(
                """
                {"method":"noop","queue":"form-us"}
                {"method":"noop","queue":"form-eu"}
                """,
                System.Text.Encoding.UTF8,
                "application/jsonl"
            ),
            Stop
        );

        await FrontScene.AssertRefusedAsync(json, 403, "forbidden", Detail);
        await FrontScene.AssertRefusedAsync(raw, 403, "forbidden", Detail);
        var lines = (await FrontScene.TextAsync(batch)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("/problems/forbidden", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"id\"", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_idempotency_key_of_two_callers_belongs_to_two_jobs()
    {
        var (ada, bob) = await SubmittersAsync("idem");

        var first = await SubmitAsync(ada);
        var second = await SubmitAsync(bob);
        var again = await SubmitAsync(ada);

        Assert.NotEqual(first, second);
        Assert.Equal(first, again);

        static async Task<string> SubmitAsync(HttpClient client)
        {
            using var response = await client.PostAsync(
                "/v1/jobs",
                FrontScene.Json("""{"method":"noop","idempotencyKey":"k"}"""),
                Stop
            );
            return (
                await FrontScene.ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply)
            ).Id;
        }
    }

    private static IEnumerable<string> PathsOf(string id) =>
        new[] { "", "/result", "/input", "/attempts", "/log", "/why" }.Select(part => $"/v1/jobs/{id}{part}");

    private async Task<(HttpClient Ada, HttpClient Bob)> SubmittersAsync(string prefix) =>
        (
            await scene.KeyClientAsync($"{prefix}-ada", "submitter"),
            await scene.KeyClientAsync($"{prefix}-bob", "submitter")
        );

    private static async Task<IEnumerable<string>> ListAsync(HttpClient client, string filter) =>
        (
            await AccountScene.GetAsync(
                client,
                $"/v1/jobs?limit=1000&q={Uri.EscapeDataString(filter)}",
                HeadraceJson.Default.JobPage
            )
        ).Jobs.Select(job => job.Id);

    private static async Task<IEnumerable<string>> ResultsAsync(HttpClient client) =>
        (
            await AccountScene.GetAsync(client, "/v1/results?top=1000", HeadraceJson.Default.IReadOnlyListJobReply)
        ).Select(job => job.Id);
}
