using Headrace.Tests.Server.Failures;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>
/// Runs the scenario of samples/seed003 over Redis and over the queues of the server: each command of the seed's
/// description, with the tools of the seed at the other end.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class Seed003StoryTests
{
    [Fact]
    public async Task The_pipeline_and_the_method_server_do_what_the_seed_describes_two_simulations_at_a_time()
    {
        var story = await SampleStory.RunAsync("seed003", TimeSpan.FromMinutes(8), "--scale=0.3", "--params=4");

        Assert.Contains("over Redis: the method server answered every request", story, StringComparison.Ordinal);
        Assert.Contains(
            "over the queues of Headrace: the method server answered every request",
            story,
            StringComparison.Ordinal
        );
        Assert.Contains("at most 2 simulations ran at a time", story, StringComparison.Ordinal);
    }
}
