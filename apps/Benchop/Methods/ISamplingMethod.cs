using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// A pricing method that estimates values from random samples. The result is a function of the problem, the work
/// parameter and the seed; it does not depend on the machine, on the number of workers, or on earlier calls.
/// </summary>
internal interface ISamplingMethod : IPricingMethod
{
    /// <summary>The seed of calls that do not specify one.</summary>
    const int DefaultSeed = 1;

    /// <summary>
    /// As <see cref="IPricingMethod.Price"/>; also writes the standard error of each value to
    /// <paramref name="standardErrors"/>.
    /// </summary>
    string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors);

    string? IPricingMethod.Price(Problem problem, int work, Span<double> values) =>
        Estimate(problem, work, DefaultSeed, values, new double[values.Length]);
}
