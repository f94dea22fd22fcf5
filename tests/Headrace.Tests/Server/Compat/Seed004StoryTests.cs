using Headrace.Tests.Server.Failures;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>
/// Runs the scenario of samples/seed004 with real workers. The scenario checks prices against its own formula.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class Seed004StoryTests
{
    [Fact]
    public async Task A_client_measures_problems_ranks_methods_purges_the_queue_and_cannot_upload_code()
    {
        var story = await SampleStory.RunAsync("seed004", TimeSpan.FromMinutes(8), "--problems=problem1_A1");

        Assert.Contains("most exact: ", story, StringComparison.Ordinal);
        Assert.Contains("an upload is rejected", story, StringComparison.Ordinal);
    }

    [Trait("Speed", "Slow")]
    [Fact]
    public async Task A_client_measures_all_problems_and_ranks_the_methods_of_each()
    {
        var story = await SampleStory.RunAsync("seed004", TimeSpan.FromMinutes(20), "--problems=problem1_A1", "--all");

        Assert.Contains("slv-heston: fastest ", story, StringComparison.Ordinal);
    }
}
