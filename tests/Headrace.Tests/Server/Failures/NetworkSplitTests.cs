using System.Text;
using Headrace.Tests.Server.Takeover;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>
/// Failure 2 in docs/operations.md: the network between a worker and its server is interrupted and then recovers.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class NetworkSplitTests
{
    [Theory]
    [InlineData(NetworkFault.SplitBothWays)]
    [InlineData(NetworkFault.SplitToServer)]
    [InlineData(NetworkFault.SplitToClient)]
    public async Task A_job_of_a_disconnected_worker_is_recorded_once_and_the_worker_rejoins_when_the_network_recovers(
        NetworkFault fault
    )
    {
        var stop = TestContext.Current.CancellationToken;
        var work = Hashing.For(TimeSpan.FromSeconds(1));
        await using var scene = new ProcessScene(("HEADRACE_LEASE", "3s"));
        await scene.UpAsync(workers: 0);
        await using var network = new BadNetwork(scene.Url);
        await scene.JoinedAsync(scene.Work(server: network.Url));
        var id = (await scene.Client.SubmitAsync(work.Job(), stop)).Id;
        await scene.SeesAsync("the job to run on the remote worker", id, job => job.State == "running");

        network.Fault = fault;
        var near = scene.Work();
        await scene.JoinedAsync(near);
        await scene.Client.WaitAsync(id, Eventually.WithProcesses, stop);

        Assert.Equal(work.Digest, Encoding.ASCII.GetString((await scene.Client.GetResultAsync(id, stop)).Bytes.Span));
        near.Kill();
        await scene.KilledAsync(near, "the near worker");
        network.Fault = NetworkFault.None;
        // Only the remote worker remains, so it runs every further job.
        var next = await scene.Client.SubmitAsync(Hashing.Once.Job(), stop);
        await scene.Client.WaitAsync(next.Id, Eventually.WithProcesses, stop);
        Assert.Equal(
            Hashing.Once.Digest,
            Encoding.ASCII.GetString((await scene.Client.GetResultAsync(next.Id, stop)).Bytes.Span)
        );
        Assert.Equal("succeeded", (await scene.Client.GetJobAsync(id, stop)).State);
    }
}
