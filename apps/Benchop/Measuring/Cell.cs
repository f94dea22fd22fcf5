namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// A cell of the table: the result of one method for one problem. Missing values are null, never NaN, so the record can
/// be serialised to JSON without conversion.
/// </summary>
/// <param name="UsesStructure">True if the cell is ranked among the methods that use the problem's structure.</param>
/// <param name="Parameter">What the work parameter counts; null when the method did not run.</param>
/// <param name="Error">Largest relative error over all evaluation points.</param>
/// <param name="Met">True if the error is at most the target and the reference is accurate enough to show this.</param>
/// <param name="Reason">The reason why the cell is empty or its error misses the target; otherwise null.</param>
/// <param name="ReferenceDigits">Number of correct digits in the reference.</param>
internal sealed record Cell(
    string Problem,
    string Method,
    bool UsesStructure,
    string? Parameter,
    int? Work,
    IReadOnlyList<double> Values,
    double? Error,
    bool Met,
    Timing? Timing,
    string? Reason,
    int? ReferenceDigits
)
{
    /// <summary>The standard error of each value of a sampling method; empty for other methods.</summary>
    public IReadOnlyList<double> StandardErrors { get; init; } = [];

    public static Cell Empty(string problem, string method, bool usesStructure, string reason) =>
        new(problem, method, usesStructure, null, null, [], null, false, null, reason, null);
}
