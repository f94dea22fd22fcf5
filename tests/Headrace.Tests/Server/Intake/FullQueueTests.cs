using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class FullQueueTests(FullQueueTests.SmallScene scene) : IClassFixture<FullQueueTests.SmallScene>
{
    [Fact]
    public async Task A_full_queue_rejects_jobs_with_a_retry_time()
    {
        await scene.SubmitAsync("""{"method":"noop","queue":"few"}""");
        await scene.SubmitAsync("""{"method":"noop","queue":"few"}""");

        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs",
            FrontScene.Json("""{"method":"noop","queue":"few"}""")
        );

        var problem = await FrontScene.AssertRefusedAsync(
            response,
            429,
            "queue-full",
            "The queue 'few' is full: it has reached its limit of 2 jobs. Wait for jobs to end, or restart the "
                + "server with a larger HEADRACE_QUEUES__JOBS."
        );
        Assert.Equal(5, problem.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_job_that_exceeds_the_byte_limit_of_its_queue_is_rejected()
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs?method=noop&queue=bytes",
            FrontScene.Bytes(new byte[1001])
        );

        await FrontScene.AssertRefusedAsync(
            response,
            429,
            "queue-full",
            "The queue 'bytes' holds 0 bytes, and this job of 1001 bytes would exceed its limit of 1000 "
                + "bytes. Wait for jobs to end, or restart the server with a larger HEADRACE_QUEUES__BYTES."
        );
    }

    public sealed class SmallScene : FrontScene
    {
        private protected override ServerOptions Options(ServerOptions options) =>
            options with
            {
                QueueJobs = 2,
                QueueBytes = 1_000,
            };
    }
}
