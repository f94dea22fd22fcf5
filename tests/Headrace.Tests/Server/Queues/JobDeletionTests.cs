using System.Net;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Server.Queues;

/// <summary>Tests the deletion of ended jobs, both over HTTP and by a running server.</summary>
public sealed class JobDeletionTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ended_job_is_deleted_and_its_key_can_be_used_for_a_new_job()
    {
        const string Job = """{"method":"noop","queue":"deleted","idempotencyKey":"once"}""";
        var id = await scene.SubmitAsync(Job);
        (await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}")).Dispose();
        Assert.Equal(id, await scene.SubmitAsync(Job));

        using var deleted = await scene.SendAsync(HttpMethod.Post, $"/v1/jobs/{id}:delete");
        Assert.Equal(
            new DeletedReply(id),
            await FrontScene.ReadAsync(deleted, HttpStatusCode.OK, HeadraceJson.Default.DeletedReply)
        );

        foreach (var path in (string[])["", "/result", "/input", "/attempts", "/log", "/why"])
        {
            using var gone = await scene.GetAsync($"/v1/jobs/{id}{path}");
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }
        Assert.NotEqual(id, await scene.SubmitAsync(Job));
    }

    [Fact]
    public async Task A_key_that_is_sent_at_the_moment_its_job_is_deleted_never_names_a_job_that_is_gone_R17()
    {
        const string Job = """{"method":"noop","queue":"races","idempotencyKey":"race"}""";
        var id = await scene.SubmitAsync(Job);
        for (var round = 0; round < 100; round++)
        {
            (await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}")).Dispose();
            var deletion = scene.SendAsync(HttpMethod.Post, $"/v1/jobs/{id}:delete");
            var submissions = Enumerable.Range(0, 4).Select(_ => scene.SubmitAsync(Job)).ToList();
            using var deleted = await deletion;
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

            // A submission that arrived before the deletion returned the old job. All others returned the same new job.
            var others = (await Task.WhenAll(submissions)).Where(found => found != id);
            var next = await scene.SubmitAsync(Job);
            Assert.NotEqual(id, next);
            Assert.All(others, other => Assert.Equal(next, other));
            Assert.Equal("ready", (await scene.GetJobAsync(next)).State);
            id = next;
        }
    }

    [Fact]
    public async Task An_unfinished_job_is_not_deleted_and_an_unknown_one_is_not_found()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"unfinished"}""");

        using var refused = await scene.SendAsync(HttpMethod.Post, $"/v1/jobs/{id}:delete");
        await FrontScene.AssertRefusedAsync(
            refused,
            409,
            "not-ended",
            $"Job {id} is ready, and only an ended job can be deleted. Cancel it first: headrace jobs cancel {id}."
        );
        using var unknown = await scene.SendAsync(HttpMethod.Post, "/v1/jobs/999999:delete");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task The_usage_of_the_store_lists_what_is_kept_and_until_when()
    {
        var id = await scene.SubmitAsync("""{"method":"noop","queue":"usage","body":"12345"}""");
        (await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{id}")).Dispose();

        using var response = await scene.GetAsync("/v1/store");
        var usage = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.StoreUsageReply);

        var kept = Assert.Single(usage.Kept, kept => kept.Queue == "usage");
        Assert.Equal(("failed", 1, "30d"), (kept.State, kept.Jobs, kept.Keep.Age));
        Assert.True(kept.Bytes > 5);
        Assert.Equal(kept.Oldest + TimeSpan.FromDays(30), kept.NextDeletion);
    }

    [Fact]
    public async Task A_server_deletes_expired_jobs_of_its_predecessor_and_keeps_the_others()
    {
        using var folder = new ThrowAwayFolder();
        List<string> ids = [];
        await using (var first = await StartAsync(folder))
        {
            using var client = first.Client();
            for (var i = 0; i < 3; i++)
            {
                using var submitted = await client.PostAsync(
                    "/v1/jobs",
                    FrontScene.Json("""{"method":"noop"}"""),
                    Stop
                );
                var job = await FrontScene.AcceptedAsync(submitted);
                (await client.DeleteAsync($"/v1/jobs/{job.Id}", Stop)).Dispose();
                ids.Add(job.Id);
            }
        }
        Age(folder, ids[..2], TimeSpan.FromDays(31));

        await using var second = await StartAsync(folder);
        using var http = second.Client();
        await Eventually.SeesAsync(
            "the deletion of the expired jobs",
            async () =>
            {
                using var gone = await http.GetAsync($"/v1/jobs/{ids[1]}", Stop);
                return gone.StatusCode == HttpStatusCode.NotFound ? "deleted" : null;
            }
        );

        using var first404 = await http.GetAsync($"/v1/jobs/{ids[0]}", Stop);
        Assert.Equal(HttpStatusCode.NotFound, first404.StatusCode);
        using var kept = await http.GetAsync($"/v1/jobs/{ids[2]}", Stop);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        using var queue = await http.GetAsync("/v1/queues/default", Stop);
        var counts = (await FrontScene.ReadAsync(queue, HttpStatusCode.OK, HeadraceJson.Default.QueueReply)).Counts;
        Assert.Equal(1, counts.Single(count => count.State == "cancelled").Jobs);
    }

    /// <summary>Changes the times at which jobs ended, in the store file of a stopped server.</summary>
    private static void Age(ThrowAwayFolder folder, IEnumerable<string> ids, TimeSpan by)
    {
        using var database = Database.Open(
            Path.Combine(folder.Path, "headrace.db"),
            writable: true,
            TimeSpan.FromSeconds(5)
        );
        database.Execute(
            $"UPDATE completed_job SET ended = ended - {by.Ticks / TimeSpan.TicksPerMicrosecond} "
                + $"WHERE id IN ({string.Join(", ", ids)})"
        );
    }

    private static async Task<ServerScene> StartAsync(ThrowAwayFolder folder)
    {
        var scene = await ServerScene.StartAsync(options =>
            options with
            {
                Data = folder.Path,
                Store = StoreKind.Sqlite,
            }
        );
        await scene.SendAsync(
            new Headrace.Core.Command.RegisterMethods([
                new Headrace.Core.Offer(new Headrace.Core.MethodName("noop"), 1, "{}"),
            ])
        );
        return scene;
    }
}
