namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// One problem and one method of the table. Missing values are null, never NaN, so the record can be serialised to JSON
/// as it is.
/// </summary>
/// <param name="UsesStructure">True when the cell is ranked with the methods that use the problem's structure.</param>
/// <param name="Parameter">What the work parameter counts; null when the method did not run.</param>
/// <param name="Error">Largest relative error over the points.</param>
/// <param name="Met">True when the error is at most the target.</param>
/// <param name="Reason">Why the cell is empty or its error misses the target; otherwise null.</param>
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
    public static Cell Empty(string problem, string method, bool usesStructure, string reason) =>
        new(problem, method, usesStructure, null, null, [], null, false, null, reason, null);
}
