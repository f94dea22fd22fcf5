using System.Net;
using System.Net.Http.Headers;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Queues;

public sealed class QueueSettingsRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task A_queue_without_settings_has_the_defaults_of_the_server()
    {
        var settings = await ReadSettingsAsync(await scene.GetAsync("/v1/queues/untouched/settings"));

        Assert.Equal((0, false, false), (settings.Version, settings.Paused, settings.Draining));
        Assert.Equal(("7d", 8L << 30), (settings.KeepSucceeded.Age, settings.KeepSucceeded.Bytes));
        Assert.Equal(("30d", 8L << 30), (settings.KeepFailed.Age, settings.KeepFailed.Bytes));
    }

    [Fact]
    public async Task Settings_are_replaced_as_a_whole_and_act_on_the_next_submission()
    {
        var settings = await PutAsync("small", """{"maxJobs":1,"timeLimit":"90s","keepFailed":{"age":"2d"}}""");
        Assert.Equal((1, "90s", "2d"), (settings.MaxJobs, settings.TimeLimit, settings.KeepFailed.Age));
        Assert.Equal("admin", settings.ChangedBy);

        var id = await scene.SubmitAsync("""{"method":"noop","queue":"small"}""");
        Assert.Equal("90s", (await scene.GetJobAsync(id)).TimeLimit);
        using var full = await scene.PostAsync("/v1/jobs", FrontScene.Json("""{"method":"noop","queue":"small"}"""));
        Assert.Equal(HttpStatusCode.TooManyRequests, full.StatusCode);

        settings = await PutAsync("small", "{}");
        Assert.Null(settings.MaxJobs);
        Assert.Equal("30d", settings.KeepFailed.Age);
    }

    [Theory]
    [InlineData(
        """{"keepSucceeded":{"age":"59m"}}""",
        "keepSucceeded.age is 59m, but an ended job is kept for at least 1h"
    )]
    [InlineData(
        """{"keepFailed":{"age":"soon"}}""",
        "keepFailed.age 'soon' is not valid. Use a number followed by a unit"
    )]
    [InlineData("""{"keepSucceeded":{"bytes":0}}""", "keepSucceeded.bytes is 0, but must be at least 1")]
    [InlineData("""{"maxJobs":0}""", "maxJobs is 0, but must be at least 1")]
    [InlineData("""{"maxBytes":-1}""", "maxBytes is -1, but must be at least 1")]
    [InlineData("""{"timeLimit":"0s"}""", "timeLimit '0s' is not valid")]
    [InlineData("""{"waitWhenFull":"31s"}""", "waitWhenFull is 31s; the limit is 30s")]
    [InlineData("""{"retry":{"max":-1}}""", "The member 'retry' is not valid: max is -1.")]
    [InlineData("""{"retry":{"delai":"1s"}}""", "There is no member 'delai'")]
    [InlineData("""{"paused":true}""", "paused")]
    public async Task A_value_that_is_not_valid_is_rejected_by_name(string json, string detail)
    {
        using var response = await scene.SendAsync(
            HttpMethod.Put,
            "/v1/queues/invalid/settings",
            FrontScene.Json(json)
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
        Assert.Equal(0, (await ReadSettingsAsync(await scene.GetAsync("/v1/queues/invalid/settings"))).Version);
    }

    [Fact]
    public async Task The_retry_policy_of_a_queue_applies_to_jobs_that_are_submitted_without_one_R21()
    {
        var settings = await PutAsync("retrying", """{"retry":{"max":7,"delay":"2s"}}""");
        Assert.Equal((7, "2s"), (settings.Retry!.Max, settings.Retry.Delay));

        var job = await scene.GetJobAsync(await scene.SubmitAsync("""{"method":"noop","queue":"retrying"}"""));
        Assert.Equal((7, "2s"), (job.Retries, job.Retry!.Delay));
        var own = await scene.GetJobAsync(
            await scene.SubmitAsync("""{"method":"noop","queue":"retrying","retry":{"max":1,"delay":"9s"}}""")
        );
        Assert.Equal((1, "9s"), (own.Retries, own.Retry!.Delay));

        Assert.Null((await PutAsync("retrying", "{}")).Retry);
    }

    [Fact]
    public async Task A_change_of_an_old_version_is_a_conflict_and_changes_nothing()
    {
        var first = await PutAsync("versioned", """{"maxJobs":5}""");
        await PutAsync("versioned", $$"""{"maxJobs":6,"version":{{first.Version}}}""");

        using var response = await scene.SendAsync(
            HttpMethod.Put,
            "/v1/queues/versioned/settings",
            FrontScene.Json($$"""{"maxJobs":7,"version":{{first.Version}}}""")
        );

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(6, (await ReadSettingsAsync(await scene.GetAsync("/v1/queues/versioned/settings"))).MaxJobs);
    }

    [Fact]
    public async Task A_submission_to_a_full_queue_waits_for_a_place()
    {
        await PutAsync("waiting", """{"maxJobs":1,"waitWhenFull":"30s"}""");
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"waiting"}""");
        var second = scene.SubmitAsync("""{"method":"noop","queue":"waiting"}""");

        // The wait ends only when the first job ends.
        (await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}")).Dispose();

        Assert.NotEqual(id, await second.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_submission_to_a_queue_that_stays_full_is_rejected_after_the_wait()
    {
        await PutAsync("stays-full", """{"maxJobs":1,"waitWhenFull":"100ms"}""");
        await scene.SubmitAsync("""{"method":"noop","queue":"stays-full"}""");

        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","queue":"stays-full"}""")
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
    }

    [Fact]
    public async Task A_paused_queue_starts_no_job_says_why_and_continues_when_it_is_resumed()
    {
        await PutAsync("paused", """{"maxJobs":9}""");
        var paused = await PostAsync("paused", "pause");
        Assert.Equal((true, 9), (paused.Paused, paused.MaxJobs));
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"paused"}""");

        using var why = await scene.GetAsync($"/v1/jobs/{id}/why");
        Assert.Contains(
            "Queue 'paused' was paused by admin at ",
            await FrontScene.TextAsync(why),
            StringComparison.Ordinal
        );
        using var shown = await scene.GetAsync("/v1/queues/paused");
        Assert.True((await FrontScene.ReadAsync(shown, HttpStatusCode.OK, HeadraceJson.Default.QueueReply)).Paused);

        Assert.False((await PostAsync("paused", "resume")).Paused);
        using var resumed = await scene.GetAsync($"/v1/jobs/{id}/why");
        Assert.DoesNotContain("paused by", await FrontScene.TextAsync(resumed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_pause_changes_nothing()
    {
        var first = await PostAsync("twice", "pause");

        Assert.Equal(first.Version, (await PostAsync("twice", "pause")).Version);
    }

    [Fact]
    public async Task A_draining_queue_rejects_jobs_with_its_own_problem()
    {
        Assert.True((await PostAsync("drained", "drain")).Draining);

        using var response = await scene.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","queue":"drained"}""")
        );

        await FrontScene.AssertRefusedAsync(
            response,
            409,
            "queue-draining",
            "The queue 'drained' is being drained and accepts no further jobs. Submit to another queue, or let this "
                + "queue accept jobs again: headrace queues resume drained."
        );
    }

    [Fact]
    public async Task A_purge_cancels_the_jobs_that_are_ready()
    {
        await PostAsync("purged", "pause");
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add(await scene.SubmitAsync("""{"method":"noop","queue":"purged"}"""));

        using var some = await scene.SendAsync(HttpMethod.Post, "/v1/queues/purged:purge?max=2");
        Assert.Equal(
            new PurgeReply(2, 0),
            await FrontScene.ReadAsync(some, HttpStatusCode.OK, HeadraceJson.Default.PurgeReply)
        );
        using var rest = await scene.SendAsync(HttpMethod.Post, "/v1/queues/purged:purge");
        Assert.Equal(
            new PurgeReply(1, 0),
            await FrontScene.ReadAsync(rest, HttpStatusCode.OK, HeadraceJson.Default.PurgeReply)
        );
        foreach (var id in ids)
            Assert.Equal("cancelled", (await scene.GetJobAsync(id)).State);
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_with_the_settings_before_and_after()
    {
        await PutAsync("audited", """{"maxJobs":3,"keepSucceeded":{"age":"2d","bytes":1000000}}""");
        await PostAsync("audited", "pause");

        using var response = await scene.GetAsync("/v1/audit");
        var entries = (await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.AuditPage))
            .Entries.Where(entry => entry.Target == "audited")
            .ToList();

        Assert.Equal(["pause queue", "set queue"], entries.Select(entry => entry.Action));
        Assert.Equal(
            ("maxJobs=3 keepSucceeded=2d,1000000", "paused maxJobs=3 keepSucceeded=2d,1000000"),
            (entries[0].Before, entries[0].After)
        );
        Assert.Equal("defaults", entries[1].Before);
    }

    [Fact]
    public async Task A_submitter_may_read_the_settings_of_its_queue_and_change_none()
    {
        using var created = await scene.PostAsync(
            "/v1/keys",
            FrontScene.Json("""{"name":"limited","roles":["submitter=mine"]}""")
        );
        var key = (await FrontScene.ReadAsync(created, HttpStatusCode.Created, HeadraceJson.Default.KeyReply)).Key!;
        using var client = scene.Server.Client(key);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        using var own = await client.GetAsync("/v1/queues/mine/settings", TestContext.Current.CancellationToken);
        using var other = await client.GetAsync("/v1/queues/yours/settings", TestContext.Current.CancellationToken);
        using var pause = await client.PostAsync("/v1/queues/mine:pause", null, TestContext.Current.CancellationToken);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (own.StatusCode, other.StatusCode, pause.StatusCode)
        );
    }

    private async Task<QueueSettingsReply> PutAsync(string queue, string json) =>
        await ReadSettingsAsync(
            await scene.SendAsync(HttpMethod.Put, $"/v1/queues/{queue}/settings", FrontScene.Json(json))
        );

    private async Task<QueueSettingsReply> PostAsync(string queue, string action) =>
        await ReadSettingsAsync(await scene.SendAsync(HttpMethod.Post, $"/v1/queues/{queue}:{action}"));

    private static async Task<QueueSettingsReply> ReadSettingsAsync(HttpResponseMessage response)
    {
        using (response)
            return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.QueueSettingsReply);
    }
}
