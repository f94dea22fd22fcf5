using System.Net;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class LookupRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task A_queue_shows_its_limits_and_current_contents()
    {
        await scene.SubmitAsync("""{"method":"noop","queue":"shown","body":"12345"}""");

        using var one = await scene.GetAsync("/v1/queues/shown");
        using var all = await scene.GetAsync("/v1/queues");

        var queue = await FrontScene.ReadAsync(one, HttpStatusCode.OK, HeadraceJson.Default.QueueReply);
        Assert.Equal(
            ("shown", 1_000_000L, 4L << 30, 1L, 5L),
            (queue.Name, queue.MaxJobs, queue.MaxBytes, queue.Jobs, queue.Bytes)
        );
        Assert.NotNull(queue.OldestReady);
        Assert.Equal(new CountReply("shown", "noop", "ready", 1, 5, 0), Assert.Single(queue.Counts));
        Assert.Contains(
            await FrontScene.ReadAsync(all, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListQueueReply),
            q => q.Name == "shown"
        );
    }

    [Fact]
    public async Task A_queue_that_never_had_a_job_is_not_found_and_the_reply_lists_the_known_queues()
    {
        await scene.SubmitAsync("""{"method":"noop","queue":"a-queue"}""");

        using var response = await scene.GetAsync("/v1/queues/nowhere");

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(
            "There is no queue 'nowhere'. A queue is created when the first job is submitted to it. Known queues: "
                + "a-queue",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_method_shows_its_schema_and_the_number_of_workers_that_offer_it()
    {
        await scene.JoinAsync("versioned", """{"type":"object","description":"one"}""");
        await scene.JoinAsync("versioned", """{"type":"object","description":"two"}""", version: 2);

        Assert.Equal(("versioned", 1, 1, "one"), await MethodAsync("versioned@1"));
        Assert.Equal(("versioned", 2, 1, "two"), await MethodAsync("versioned@2"));
        Assert.Equal(("versioned", 2, 1, "two"), await MethodAsync("versioned"));
        using var all = await scene.GetAsync("/v1/methods");
        Assert.Contains(
            await FrontScene.ReadAsync(all, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListMethodReply),
            m => m is { Name: "versioned", Version: 2 }
        );
    }

    [Theory]
    [InlineData("sha512@7")]
    [InlineData("nobody")]
    [InlineData("NoName")]
    public async Task A_method_that_was_never_offered_is_not_found_and_the_reply_lists_the_known_methods(string name)
    {
        using var response = await scene.GetAsync($"/v1/methods/{name}");

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(
            $"No worker has ever offered the method '{name}'. Known methods: ",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("sha512@1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_shows_its_methods_and_leases()
    {
        var worker = await scene.JoinAsync("held");
        var id = await scene.SubmitAsync("""{"method":"held"}""");
        await worker.ClaimAsync();

        using var response = await scene.GetAsync("/v1/workers");

        var shown = Assert.Single(
            await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListWorkerReply),
            w => w.Name.EndsWith("-held", StringComparison.Ordinal)
        );
        Assert.Equal(("elsewhere", 1_000, false), (shown.Pool, shown.Slots, shown.Draining));
        Assert.Equal(["held@1"], shown.Offers);
        Assert.Equal([$"{id}#1"], shown.Leases);
        Assert.Equal(1, shown.SlotsInUse);
        Assert.Equal(16, shown.Incarnation.Length);
    }

    private async Task<(string Name, int Version, int Workers, string? Description)> MethodAsync(string name)
    {
        using var response = await scene.GetAsync($"/v1/methods/{name}");
        var method = await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.MethodReply);
        return (method.Name, method.Version, method.Workers, method.Schema.GetProperty("description").GetString());
    }
}
