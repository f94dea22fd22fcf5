using System.Text;
using Headrace.Client;
using Headrace.Tests.Apps.Pipeline;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Runs <c>headrace wait --queue</c> while jobs of the queue are blocked.</summary>
[Trait("Needs", "Servers")]
public sealed class WaitForQueueTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("elsewhere")]
    [InlineData("family")]
    public async Task A_wait_for_a_queue_includes_blocked_children(string queueOfParent)
    {
        await using var server = await RunningServer.StartAsync();
        var end = Path.Combine(server.Home, "end");
        var script = server.Write(
            "family.py",
            Encoding.UTF8.GetBytes(
                $"""
                import os, time
                from headrace import Job, method

                @method(name="family")
                def family(job: Job) -> str:
                    child = job.submit("sha512", dict(iterations=1), queue="family")
                    while not os.path.exists("{end}"):
                        time.sleep(0.02)
                    return child
                """
            )
        );
        var installed = await server.CliAsync("methods", "install", script);
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("family");
        using var client = PipelineScene.Connect(server);
        var parent = await client.SubmitAsync(new JobRequest("family") { Queue = queueOfParent }, Stop);

        await Eventually.SeesAsync(
            "the blocked child",
            async () =>
                await client.ListJobsAsync("queue:family state:blocked", Stop).AnyAsync(Stop) ? "blocked" : null,
            Eventually.WithProcesses
        );
        // The child ends only after its parent, so a wait that does not time out has ignored it.
        var late = await server.CliAsync("wait", "--queue", "family", "--timeout", "1s");
        await File.WriteAllTextAsync(end, "", Stop);
        var waited = await server.CliAsync("wait", "--queue", "family");

        Assert.Equal(124, late.Code);
        Assert.Contains(
            queueOfParent == "family" ? "Its state is running." : "Its state is blocked.",
            late.Error,
            StringComparison.Ordinal
        );
        Assert.True(waited.Code == 0, waited.Error);
        var child = Assert.Single(await client.ListJobsAsync($"parent:{parent.Id}", Stop).ToListAsync(Stop));
        Assert.Equal("succeeded", child.State);
    }
}
