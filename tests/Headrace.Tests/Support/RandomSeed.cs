using System.Globalization;
using Xunit;

namespace Headrace.Tests.Support;

/// <summary>
/// The seeds of tests with random input. They are fixed, so that a test fails only because of a change and never by
/// chance. To try other seeds, set <see cref="Variable"/> to the first one.
/// </summary>
internal static class RandomSeed
{
    public const string Variable = "HEADRACE_TEST_SEED";

    public static int First { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : 1;

    /// <summary>Returns this many seeds for a test that runs once with each seed.</summary>
    public static TheoryData<int> Take(int count) => [.. Enumerable.Range(First, count)];

    /// <summary>
    /// Prints the seed in the output of the running test, and returns a random number generator for the seed.
    /// </summary>
    public static Random Print(int seed)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}; {Variable} selects another one");
        return new Random(seed);
    }
}
