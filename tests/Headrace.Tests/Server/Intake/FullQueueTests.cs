using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
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
            "The queue 'few' is full: it has reached its limit of 2 jobs. Wait for jobs to end, or raise the queue's "
                + "limit: headrace queues set --max-jobs."
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
                + "bytes. Wait for jobs to end, or raise the queue's limit: headrace queues set --max-bytes."
        );
    }

    [Fact]
    public async Task A_full_server_rejects_jobs_of_every_queue_with_a_retry_time_R13()
    {
        await using var full = await ServerScene.StartAsync(options => options with { MemoryJobs = 1 });
        using var client = full.Client();
        await full.Worker().SendAsync(full.Worker().Next());
        await full.SubmitAsync();

        using var response = await client.PostAsync(
            "/v1/jobs",
            FrontScene.Json("""{"method":"echo","queue":"other"}"""),
            TestContext.Current.CancellationToken
        );

        var problem = await FrontScene.AssertRefusedAsync(
            response,
            429,
            "server-full",
            "The server is full: it has reached its limit of 1 unfinished jobs in all queues. Wait for jobs to end, or "
                + "restart the server with a larger HEADRACE_MEMORY__JOBS."
        );
        Assert.Equal(5, problem.RetryAfter);
    }

    [Fact]
    public async Task Params_in_memory_are_limited_over_all_queues_and_long_params_do_not_count_R13()
    {
        await using var full = await ServerScene.StartAsync(options => options with { MemoryBytes = 1 << 20 });
        await full.Worker().SendAsync(full.Worker().Next());
        var parameters = $$"""{"x":"{{new string('a', 2_000)}}"}""";
        while (full.Server.Mailbox.ClosedReason is null)
        {
            var answer = (Response.Submitted)await full.SendAsync(Job(parameters));
            if (answer.Results[0].Rejection is not { } rejection)
                continue;
            Assert.Equal((RejectionKind.ServerFull, JobBound.ServerBytes), (rejection.Kind, rejection.Bound));
            break;
        }

        var long1 = (Response.Submitted)await full.SendAsync(Job($$"""{"x":"{{new string('a', 200_000)}}"}"""));

        Assert.Null(long1.Results[0].Rejection);

        static Command.Submit Job(string parameters) =>
            new([
                new NewJob(
                    new JobSpec
                    {
                        Queue = QueueName.Default,
                        Method = new MethodName("echo"),
                        Owner = "admin",
                        Params = Encoding.UTF8.GetBytes(parameters),
                    },
                    default
                ),
            ]);
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
