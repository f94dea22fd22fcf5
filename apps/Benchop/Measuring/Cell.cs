namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// One (problem, method) of the table. Numbers that do not exist are null, never NaN, so that it is JSON as it stands.
/// </summary>
/// <param name="UsesStructure">The cell is ranked with the methods that live on the problem's structure.</param>
/// <param name="Parameter">What the work parameter counts; null when the method never ran.</param>
/// <param name="Error">Largest relative error over the points.</param>
/// <param name="Met">The error is at most the target.</param>
/// <param name="Reason">Why the cell is empty, or why its best error misses the target; null otherwise.</param>
/// <param name="ReferenceDigits">Digits of the reference the error was taken against.</param>
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
