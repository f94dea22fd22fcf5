using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// A pricing method that estimates values from random samples. The result depends only on the problem, the work
/// parameter and the seed, not on the machine, the number of workers, or earlier calls.
/// </summary>
internal interface ISamplingMethod : IPricingMethod
{
    /// <summary>The seed that is used if the caller does not specify one.</summary>
    const int DefaultSeed = 1;

    /// <summary>
    /// Prices the problem as <see cref="IPricingMethod.Price"/> does, and also writes the standard error of each value
    /// to <paramref name="standardErrors"/>.
    /// </summary>
    string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors);

    string? IPricingMethod.Price(Problem problem, int work, Span<double> values) =>
        Estimate(problem, work, DefaultSeed, values, new double[values.Length]);
}
