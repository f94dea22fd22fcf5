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
    [InlineData("elsewhere", false)]
    [InlineData("family", false)]
    [InlineData("family", true)]
    public async Task A_wait_for_a_queue_includes_blocked_children_and_those_submitted_meanwhile(
        string queueOfParent,
        bool waitsFirst
    )
    {
        await using var server = await RunningServer.StartAsync();
        var (begin, end) = (Path.Combine(server.Home, "begin"), Path.Combine(server.Home, "end"));
        var script = server.Write(
            "family.py",
            Encoding.UTF8.GetBytes(
                $"""
                import os, time
                from headrace import Job, method

                def wait_for(path):
                    while not os.path.exists(path):
                        time.sleep(0.02)

                @method(name="family")
                def family(job: Job) -> str:
                    wait_for("{begin}")
                    child = job.submit("sha512", dict(iterations=1), queue="family")
                    wait_for("{end}")
                    return child
                """
            )
        );
        var installed = await server.CliAsync("methods", "install", script);
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("family");
        using var client = PipelineScene.Connect(server);
        var parent = await client.SubmitAsync(new JobRequest("family") { Queue = queueOfParent }, Stop);

        if (!waitsFirst)
            await BeginAsync();
        using var waiting = server.StartCli([], "wait", "--queue", "family");
        if (waitsFirst)
            await BeginAsync();
        // The child ends only after its parent, so a wait that returns earlier has ignored it.
        var early = await Task.WhenAny(waiting.WaitForExitAsync(Stop), Task.Delay(TimeSpan.FromSeconds(2), Stop));
        Assert.False(waiting.HasExited, "The wait did not include the blocked child.");
        await early;
        await File.WriteAllTextAsync(end, "", Stop);
        var waited = await CliProcess.EndAsync(waiting, "wait");

        Assert.True(waited.Code == 0, waited.Error);
        var child = Assert.Single(await client.ListJobsAsync($"parent:{parent.Id}", Stop).ToListAsync(Stop));
        Assert.Equal("succeeded", child.State);
        if (queueOfParent == "elsewhere")
            Assert.Equal($"{child.Id}\tsucceeded\n", waited.Out);
        else
            Assert.StartsWith($"{parent.Id}\tsucceeded\n", waited.Out, StringComparison.Ordinal);

        async Task BeginAsync()
        {
            await File.WriteAllTextAsync(begin, "", Stop);
            await Eventually.SeesAsync(
                "the blocked child",
                async () =>
                    await client.ListJobsAsync("queue:family state:blocked", Stop).AnyAsync(Stop) ? "blocked" : null,
                Eventually.WithProcesses
            );
        }
    }
}
