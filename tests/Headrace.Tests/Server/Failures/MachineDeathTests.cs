using System.Text;
using Headrace.Tests.Server.Takeover;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>Failure 1 in docs/operations.md: a machine fails together with all its processes.</summary>
[Trait("Needs", "Servers")]
public sealed class MachineDeathTests
{
    [Fact]
    public async Task Accepted_jobs_complete_after_all_processes_of_the_machine_were_killed_at_once()
    {
        var stop = TestContext.Current.CancellationToken;
        var (work, once) = (Hashing.For(TimeSpan.FromSeconds(3)), Hashing.Once);
        await using var scene = new ProcessScene();
        await scene.UpAsync(workers: 2);
        var done = await scene.Client.RunAsync(once.Job(), stop);
        var jobs = new List<string>();
        for (var i = 0; i < 8; i++)
            jobs.Add((await scene.Client.SubmitAsync(work.Job(), stop)).Id);
        await scene.SeesAsync("a job to run", jobs[0], job => job.State == "running");

        var all = scene.LocalWorkers.Select(worker => worker.Process).Append(scene.ServerId).ToList();
        Assert.Equal(3, all.Count);
        foreach (var process in all)
            OsProcess.Kill(process);
        await scene.KilledAsync();
        await Eventually.HoldsAsync("every process to end", () => !all.Any(OsProcess.Runs));
        await scene.UpAsync(workers: 2);

        foreach (var id in jobs)
        {
            await scene.Client.WaitAsync(id, Eventually.WithProcesses, stop);
            Assert.Equal(
                work.Digest,
                Encoding.ASCII.GetString((await scene.Client.GetResultAsync(id, stop)).Bytes.Span)
            );
        }
        Assert.Equal(once.Digest, done.Text);
    }
}
