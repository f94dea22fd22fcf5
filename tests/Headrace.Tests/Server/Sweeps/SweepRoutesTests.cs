using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Sweeps;

public sealed class SweepRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task Jobs_that_match_are_cancelled_and_the_others_are_left_alone_R3()
    {
        var ids = await SubmitAsync("cancels", 3);
        var other = await scene.SubmitAsync("""{"method":"noop","queue":"others"}""");

        var sweep = await DoneAsync(await StartAsync("cancel", """{"filter":"queue:cancels state:ready"}"""));

        Assert.Equal((3L, 0L), (sweep.Changed, sweep.Skipped));
        Assert.Equal(("cancel", "state:ready queue:cancels", "admin"), (sweep.Action, sweep.Filter, sweep.Owner));
        Assert.Equal("cancelled", (await scene.GetJobAsync(ids[0])).State);
        Assert.Equal("ready", (await scene.GetJobAsync(other)).State);
    }

    [Fact]
    public async Task Cancelled_jobs_are_retried_and_are_ready_again_R3()
    {
        var ids = await SubmitAsync("retries", 3);
        await DoneAsync(await StartAsync("cancel", """{"filter":"queue:retries"}"""));

        var sweep = await DoneAsync(await StartAsync("retry", """{"filter":"queue:retries state:cancelled"}"""));

        Assert.Equal(3, sweep.Changed);
        Assert.Equal("ready", (await scene.GetJobAsync(ids[2])).State);
    }

    [Fact]
    public async Task Waiting_jobs_receive_another_priority_and_another_queue_R3()
    {
        var ids = await SubmitAsync("moves", 2);

        await DoneAsync(await StartAsync("prioritize", """{"filter":"queue:moves","priority":-8}"""));
        await DoneAsync(await StartAsync("move", """{"filter":"queue:moves","queue":"moved"}"""));

        var job = await scene.GetJobAsync(ids[0]);
        Assert.Equal(("moved", -8), (job.Queue, job.Priority));
    }

    [Fact]
    public async Task Ended_jobs_that_match_are_counted_and_deleted_and_their_keys_are_free_R14()
    {
        const string Keyed = """{"method":"noop","queue":"deletes","idempotencyKey":"k"}""";
        var keyed = await scene.SubmitAsync(Keyed);
        await DoneAsync(await StartAsync("cancel", """{"filter":"queue:deletes"}"""));
        var unfinished = await scene.SubmitAsync("""{"method":"noop","queue":"deletes"}""");
        using var counted = await PostAsync("delete", """{"filter":"queue:deletes","dryRun":true}""");
        var matches = await FrontScene.ReadAsync(counted, HttpStatusCode.OK, HeadraceJson.Default.MatchReply);
        Assert.Equal(1, matches.Matches);

        var sweep = await DoneAsync(await StartAsync("delete", """{"filter":"queue:deletes"}"""));

        Assert.Equal(("delete", 1L, 0L), (sweep.Action, sweep.Changed, sweep.Skipped));
        using var gone = await scene.GetAsync($"/v1/jobs/{keyed}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("ready", (await scene.GetJobAsync(unfinished)).State);
        Assert.NotEqual(keyed, await scene.SubmitAsync(Keyed));
    }

    [Theory]
    [InlineData("queue:counted", true)]
    [InlineData("queue:counted age:<1h", true)]
    public async Task A_dry_run_counts_the_jobs_and_changes_none(string filter, bool complete)
    {
        await DoneAsync(await StartAsync("cancel", """{"filter":"queue:counted"}"""));
        var ids = await SubmitAsync("counted", 2);

        using var response = await PostAsync("cancel", $$"""{"filter":"{{filter}}","dryRun":true}""");

        var matches = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.MatchReply);
        Assert.Equal((2L, complete), (matches.Matches, matches.Complete));
        Assert.Equal("ready", (await scene.GetJobAsync(ids[0])).State);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("to:2100-01-01", true)]
    [InlineData("from:2000-01-01 age:<1000d", true)]
    [InlineData("queue:wide", true)]
    [InlineData("state:cancelled", true)]
    [InlineData("tag:a", false)]
    [InlineData("to:2000-01-01", false)]
    [InlineData("queue:none", false)]
    [InlineData("queue:wide tag:a", false)]
    public async Task A_dry_run_says_whether_the_filter_excludes_no_job(string filter, bool all)
    {
        await using var own = new FrontScene();
        await own.InitializeAsync();
        await own.SubmitAsync("""{"method":"noop","queue":"wide","tags":["a"]}""");
        await own.SubmitAsync("""{"method":"noop","queue":"wide"}""");
        using (
            await own.SendAsync(
                HttpMethod.Post,
                "/v1/jobs:cancel",
                FrontScene.Json("""{"filter":"queue:wide"}""")
            )
        ) { }
        await Eventually.SeesAsync(
            "the jobs that were cancelled",
            async () =>
            {
                using var counted = await CountAsync(own, "");
                var reply = await FrontScene.ReadAsync(counted, HttpStatusCode.OK, HeadraceJson.Default.MatchReply);
                return reply.Matches == 2 ? reply : null;
            }
        );
        // An unfinished job is not in the scope of a deletion.
        await own.SubmitAsync("""{"method":"noop","queue":"other"}""");

        using var response = await CountAsync(own, filter);

        var matches = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.MatchReply);
        Assert.Equal(all, matches.All);
    }

    private static Task<HttpResponseMessage> CountAsync(FrontScene scene, string filter) =>
        scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs:delete",
            FrontScene.Json($$"""{"filter":"{{filter}}","dryRun":true}""")
        );

    [Fact]
    public async Task A_sweep_is_listed_and_a_stop_after_its_end_changes_nothing()
    {
        var sweep = await DoneAsync(await StartAsync("cancel", """{"filter":"queue:nothing"}"""));

        using var list = await scene.GetAsync("/v1/sweeps");
        using var stop = await scene.SendAsync(HttpMethod.Post, $"/v1/sweeps/{sweep.Id}:stop");

        var sweeps = await FrontScene.ReadAsync(list, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListSweepReply);
        Assert.Contains(sweeps, listed => listed.Id == sweep.Id);
        Assert.Equal(
            "done",
            (await FrontScene.ReadAsync(stop, HttpStatusCode.OK, HeadraceJson.Default.SweepReply)).State
        );
    }

    [Theory]
    [InlineData(
        "cancel",
        "{}",
        "The member 'filter' is missing. Set it to a filter, or to an empty string for every job."
    )]
    [InlineData(
        "delete",
        """{"filter":"state:running"}""",
        "The filter selects no job that this change can affect: 'delete' leaves jobs in the state 'running' as they "
            + "are."
    )]
    [InlineData(
        "cancel",
        """{"filter":"stat:ready"}""",
        "There is no filter qualifier 'stat'. Did you mean 'state'? Valid qualifiers: state, reason, queue, method, "
            + "worker, owner, tag, key, parent, from, to, age, text."
    )]
    [InlineData(
        "cancel",
        """{"filter":"","dry":true}""",
        "There is no member 'dry'. Valid members: filter, dryRun, priority, queue, idempotencyKey."
    )]
    // Without this check, the last filter would win, and the request would cancel every job.
    [InlineData(
        "cancel",
        """{"filter":"queue:a","filter":""}""",
        "The JSON is not valid at line 1, byte 30 ($.filter): the member 'filter' occurs twice."
    )]
    [InlineData(
        "cancel",
        """{"filter":"","dryRun":"yes"}""",
        "The JSON is not valid at line 1, byte 28 ($.dryRun): it must be true or false."
    )]
    [InlineData("cancel", "null", "The JSON is null. Send an object.")]
    [InlineData("cancel", """{"filter":"","priority":1}""", "The member 'priority' has no effect here. Leave it out.")]
    [InlineData(
        "prioritize",
        """{"filter":""}""",
        "The member 'priority' is missing. Set it to the new priority, a whole number."
    )]
    [InlineData(
        "move",
        """{"filter":""}""",
        "The member 'queue' is missing. Set it to the jobs' new queue."
    )]
    [InlineData(
        "move",
        """{"filter":"","queue":"UP"}""",
        "'UP' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting with a "
            + "letter or digit."
    )]
    public async Task A_wrong_request_is_rejected_and_changes_nothing(string action, string json, string detail)
    {
        using var response = await PostAsync(action, json);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_with_its_key_starts_no_second_sweep_R17()
    {
        const string Request = """{"filter":"queue:repeats age:<1h","idempotencyKey":"night"}""";
        await SubmitAsync("repeats", 1);
        var first = await DoneAsync(await StartAsync("cancel", Request));
        await SubmitAsync("repeats", 1);

        var again = await StartAsync("cancel", Request);

        Assert.Equal((first.Id, "done", 1L, true), (again.Id, again.State, again.Changed, again.Repeated));
        Assert.Null(first.Repeated);
    }

    [Fact]
    public async Task A_sweep_has_one_audit_entry_however_often_it_is_requested()
    {
        const string Request = """{"filter":"queue:audited","idempotencyKey":"audited"}""";
        await StartAsync("cancel", Request);
        await StartAsync("cancel", Request);

        using var response = await scene.GetAsync("/v1/audit?limit=1000");
        var page = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.AuditPage);

        var entry = Assert.Single(page.Entries, entry => entry.Target == "queue:audited");
        Assert.Equal(("admin", "cancel jobs"), (entry.Who, entry.Action));
    }

    [Fact]
    public async Task The_key_of_a_sweep_can_be_in_the_header_R17()
    {
        var first = await DoneAsync(await StartAsync("cancel", """{"filter":"queue:none"}""", "in a header"));

        var again = await StartAsync("cancel", """{"filter":"queue:none","idempotencyKey":"in a header"}""");

        Assert.Equal((first.Id, true), (again.Id, again.Repeated));
    }

    [Theory]
    [InlineData("cancel", """{"filter":"queue:other","idempotencyKey":"reused"}""")]
    [InlineData("delete", """{"filter":"queue:reused","idempotencyKey":"reused"}""")]
    public async Task A_key_that_belongs_to_a_sweep_is_rejected_with_other_content_R17(string action, string json)
    {
        var first = await StartAsync("cancel", """{"filter":"queue:reused","idempotencyKey":"reused"}""");

        using var response = await PostAsync(action, json);

        await FrontScene.AssertRefusedAsync(
            response,
            422,
            "key-reused",
            $"The idempotency key 'reused' belongs to sweep {first.Id}, which was started with a different filter or "
                + "change. Use a new key for a new sweep."
        );
    }

    [Theory]
    [InlineData(
        """{"filter":"","idempotencyKey":"b"}""",
        "The Idempotency-Key header is 'a', but idempotencyKey is 'b'. Use only one of them."
    )]
    [InlineData(
        """{"filter":"","idempotencyKey":""}""",
        "The Idempotency-Key header is 'a', but idempotencyKey is ''. Use only one of them."
    )]
    public async Task Two_keys_of_one_sweep_are_rejected(string json, string detail)
    {
        using var response = await PostAsync("cancel", json, "a");

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task A_sweep_that_does_not_exist_is_not_found()
    {
        using var response = await scene.GetAsync("/v1/sweeps/999");

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no sweep '999'. GET /v1/sweeps lists the sweeps."
        );
    }

    [Fact]
    public async Task Failed_jobs_are_grouped_by_the_type_and_first_line_of_their_errors()
    {
        var worker = await scene.JoinAsync("groups");
        string newest = "";
        foreach (var error in (string[])["disk full\nat line 1", "disk full\nat line 2", "no such file"])
        {
            newest = await scene.SubmitAsync("""{"method":"groups","queue":"groups"}""");
            await worker.FailAsync(await worker.ClaimAsync(), error);
            await scene.GetJobAsync(newest, "?wait=20");
        }

        using var response = await scene.GetAsync("/v1/failures?q=queue:groups");

        var page = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.FailurePage);
        Assert.Equal(
            [("Oops", "disk full", 2L), ("Oops", "no such file", 1L)],
            page.Groups.Select(group => (group.Type, group.Message, group.Count))
        );
        Assert.Equal(newest, page.Groups[1].NewestId);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task The_failures_of_another_state_are_rejected()
    {
        using var response = await scene.GetAsync("/v1/failures?q=state:ready");

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "The filter selects state 'ready', but this list contains only failed jobs. Remove 'state' from the filter."
        );
    }

    private async Task<IReadOnlyList<string>> SubmitAsync(string queue, int jobs)
    {
        var ids = new List<string>();
        for (var i = 0; i < jobs; i++)
            ids.Add(await scene.SubmitAsync($$"""{"method":"noop","queue":"{{queue}}"}"""));
        return ids;
    }

    private Task<HttpResponseMessage> PostAsync(string action, string json, string? key = null) =>
        scene.PostAsync($"/v1/jobs:{action}", FrontScene.Json(json), key is null ? [] : [("Idempotency-Key", key)]);

    private async Task<SweepReply> StartAsync(string action, string json, string? key = null)
    {
        using var response = await PostAsync(action, json, key);
        var sweep = await FrontScene.ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.SweepReply);
        Assert.Equal($"/v1/sweeps/{sweep.Id}", response.Headers.Location?.ToString());
        return sweep;
    }

    private async Task<SweepReply> DoneAsync(SweepReply sweep)
    {
        var ended = await Eventually.SeesAsync(
            $"the end of sweep {sweep.Id}",
            async () => await ReadAsync(sweep.Id) is { State: not "running" } seen ? seen : null
        );
        Assert.Equal("done", ended.State);
        return ended;
    }

    private async Task<SweepReply> ReadAsync(string id)
    {
        using var response = await scene.GetAsync($"/v1/sweeps/{id}");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.SweepReply);
    }
}
