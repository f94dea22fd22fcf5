using System.Globalization;
using System.Net;
using Headrace.Server.Telemetry;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

public sealed class MetricsRouteTests(MetricsScene scene) : IClassFixture<MetricsScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_are_counted_by_queue_method_and_state()
    {
        await scene.RunJobsAsync("metrics-a", "metrics-m");

        var metrics = await scene.ScrapeAsync();

        (string, string)[] labels = [("queue", "metrics-a"), ("method", "metrics-m")];
        Assert.Equal(3, metrics.Value("headrace_jobs_submitted_total", labels));
        Assert.Equal(2, metrics.Value("headrace_jobs_claimed_total", labels));
        Assert.Equal(1, metrics.Value("headrace_jobs_ended_total", [.. labels, ("state", "succeeded")]));
        Assert.Equal(1, metrics.Value("headrace_jobs_ended_total", [.. labels, ("state", "failed")]));
        Assert.Equal(0, metrics.Value("headrace_jobs_ended_total", [.. labels, ("state", "cancelled")]));
        Assert.True(metrics.Value("headrace_jobs_failed_total", ("reason", "error")) >= 1);
        Assert.Equal(0, metrics.Value("headrace_jobs_failed_total", ("reason", "poison")));
        Assert.Equal(1, metrics.Value("headrace_queue_jobs", ("queue", "metrics-a"), ("state", "ready")));
        Assert.Equal(0, metrics.Value("headrace_queue_jobs", ("queue", "metrics-a"), ("state", "running")));
        Assert.True(metrics.Value("headrace_queue_oldest_ready_seconds", ("queue", "metrics-a")) >= 0);
        Assert.True(metrics.Value("headrace_workers", ("pool", "elsewhere"), ("state", "active")) >= 1);
        Assert.True(metrics.Value("headrace_job_wait_seconds_count") >= 2);
        Assert.True(metrics.Value("headrace_attempt_seconds_count") >= 2);
        Assert.True(metrics.Value("headrace_commit_seconds_count") >= 3);
        Assert.True(metrics.Value("headrace_exchange_seconds_count", ("kind", "report")) >= 2);
    }

    [Fact]
    public async Task A_queue_whose_jobs_have_ended_is_shown_as_empty()
    {
        var worker = await scene.JoinAsync("emptied-m");
        await scene.SubmitAsync("""{"method":"emptied-m","queue":"emptied","params":{} }""");
        Assert.Equal(
            1,
            (await scene.ScrapeAsync()).Value("headrace_queue_jobs", ("queue", "emptied"), ("state", "ready"))
        );

        await worker.SucceedAsync(await worker.ClaimAsync(), "done");

        var metrics = await scene.ScrapeAsync();
        Assert.Equal(0, metrics.Value("headrace_queue_jobs", ("queue", "emptied"), ("state", "ready")));
        Assert.Equal(0, metrics.Value("headrace_queue_oldest_ready_seconds", ("queue", "emptied")));
    }

    [Fact]
    public async Task A_caller_that_may_read_only_some_jobs_is_rejected()
    {
        foreach (var (name, role) in new[] { ("metrics-s", "submitter"), ("metrics-v", "viewer=eu") })
        {
            using var client = await scene.KeyClientAsync(name, role);
            using var response = await client.GetAsync("/metrics", Stop);
            await FrontScene.AssertRefusedAsync(
                response,
                403,
                "forbidden",
                $"key:{name} may not read the metrics, because they include the number of other users' jobs. Use a "
                    + "key with the role viewer on all queues."
            );
        }
        using var viewer = await scene.KeyClientAsync("metrics-w", "viewer");
        Assert.NotEqual(0, (await MetricsScene.ScrapeAsync(viewer)).Count);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Only_GET_and_HEAD_are_supported(string method)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), "/metrics");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task A_HEAD_request_has_no_body()
    {
        using var response = await scene.SendAsync(HttpMethod.Head, "/metrics");
        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await FrontScene.TextAsync(response)));
    }

    [Fact]
    public async Task Two_servers_in_a_process_do_not_mix_their_metrics()
    {
        await scene.RunJobsAsync("only-here", "only-here-m");
        await using var other = await ServerScene.StartAsync();

        var metrics = await MetricsScene.ScrapeAsync(other.Client());

        Assert.Empty(metrics.Find("headrace_jobs_submitted_total"));
        Assert.Empty(metrics.Find("headrace_queue_jobs"));
    }

    [Fact]
    public async Task Queues_beyond_the_limit_share_one_label()
    {
        await using var many = new MetricsScene();
        await many.InitializeAsync();
        for (var i = 0; i < LabelLimits.Pairs + 20; i++)
            await many.SubmitAsync(
                string.Create(CultureInfo.InvariantCulture, $$"""{"method":"noop","queue":"q{{i}}","params":{} }""")
            );

        var metrics = await many.ScrapeAsync();

        Assert.Equal(LabelLimits.Queues + 1, metrics.Labels("headrace_queue_jobs", "queue").Count);
        Assert.Equal(
            LabelLimits.Pairs + 20 - LabelLimits.Queues,
            metrics.Value("headrace_queue_jobs", ("queue", "_other"), ("state", "ready"))
        );
        Assert.Equal(LabelLimits.Pairs + 1, metrics.Labels("headrace_jobs_submitted_total", "queue").Count);
        Assert.Equal(20, metrics.Value("headrace_jobs_submitted_total", ("queue", "_other"), ("method", "_other")));
        Assert.Empty(metrics.Find("headrace_jobs_submitted_total", ("otel_metric_overflow", "true")));
    }
}
