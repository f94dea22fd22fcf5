using Headrace.Bench.SlowDisk;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>A short run of <c>bench/run slow-disk</c>, in which every commit on a loaded server takes 1.1 s.</summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class SlowDiskTests : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task While_every_commit_takes_a_second_leases_are_kept_and_silence_and_waits_end_in_time_R8_R20()
    {
        var run = new SlowDiskRun(
            _folder.Path,
            TimeSpan.FromMinutes(1),
            SlowDiskCommand.CommitTime,
            lease: TimeSpan.FromSeconds(12)
        );

        var counts = await run.RunAsync(TestContext.Current.CancellationToken);

        Assert.Empty(counts.Broken);
        Assert.NotEqual(0, counts.Completed);
    }
}
