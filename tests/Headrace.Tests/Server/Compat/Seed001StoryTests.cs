using Headrace.Tests.Server.Failures;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>
/// Runs the scenario of samples/seed001 with shortened times. It checks the process list and compares the digests with
/// hashlib. `bench/seed001` runs the scenario with the original timing.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class Seed001StoryTests
{
    [Fact]
    public async Task Workers_start_and_stop_with_the_load_and_every_result_is_pulled_once()
    {
        var story = await SampleStory.RunAsync(
            "seed001",
            TimeSpan.FromMinutes(5),
            "--check=2",
            "--up-after=2",
            "--idle-after=5",
            "--items=120",
            "--iterations=2000000",
            "--slack=10",
            "--early-by=60"
        );

        Assert.Contains("every digest matches hashlib", story, StringComparison.Ordinal);
    }
}
