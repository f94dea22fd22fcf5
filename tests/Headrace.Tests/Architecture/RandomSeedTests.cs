using Xunit;

namespace Headrace.Tests.Architecture;

public sealed class RandomSeedTests
{
    /// <summary>
    /// Sources of numbers that differ in each run. Names and keys may be random, but test input must not be.
    /// </summary>
    private static readonly string[] Unseeded = ["RandomNumberGenerator.GetInt32(", "Random.Shared", "new Random()"];

    [Fact]
    public void No_test_draws_its_input_from_a_seed_that_changes_with_each_run()
    {
        var files = Repository
            .Files("tests", "*.cs")
            .Where(path => Path.GetFileName(path) != $"{nameof(RandomSeedTests)}.cs")
            .ToList();

        Assert.InRange(files.Count, 100, int.MaxValue);
        Assert.Empty(
            from path in files
            let text = Repository.Read(path)
            from source in Unseeded
            where text.Contains(source, StringComparison.Ordinal)
            select $"{path} uses {source} Take the seed from RandomSeed."
        );
    }
}
