using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reference;

namespace Headrace.Apps.Benchop.Octave;

/// <summary>
/// Describes a problem for a program that prices it with its own functions: the function in the published codes, its
/// arguments, and the reference values with which the results are compared.
/// </summary>
/// <param name="Reference">The reference values; empty if there are none for these parameter values.</param>
/// <param name="ReferenceDigits">The number of digits to which two computations of the reference agree.</param>
internal sealed record ProblemDescription(
    string Problem,
    string Function,
    IReadOnlyList<object> Arguments,
    IReadOnlyList<double> Reference,
    int ReferenceDigits
)
{
    public static ProblemDescription Of(Problem problem)
    {
        var call = PublishedCall.Of(problem);
        var reference = ReferencePrices.Of(problem);
        return new(problem.Id, call.Function, call.Arguments, reference.Values, reference.Digits);
    }
}
