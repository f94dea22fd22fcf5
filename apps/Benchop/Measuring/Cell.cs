namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// A cell of the table: the result of one method for one problem. Missing values are null, never NaN, so the record can
/// be serialised to JSON without conversion.
/// </summary>
/// <param name="Structure">
/// The special structure of this contract and model that the method uses; null for a general method, and when the
/// method does not support the problem. See <see cref="Methods.WorkPlan.Structure"/>.
/// </param>
/// <param name="Parameter">What the work parameter counts; null when the method did not run.</param>
/// <param name="Error">Largest relative error over all evaluation points; null if there is none to compute.</param>
/// <param name="Met">
/// True if the error is at most the target, and this result is neither doubtful nor due to chance.
/// </param>
/// <param name="Reason">
/// The reason why the cell is empty, has no error, or misses the target; otherwise null.
/// </param>
/// <param name="ReferenceDigits">
/// Number of correct digits in the reference; null if no reference was requested or available.
/// </param>
internal sealed record Cell(
    string Problem,
    string Method,
    string? Structure,
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

    /// <summary>The errors and times of other work parameters, by increasing work; empty if not requested.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>Whether the cell is ranked among those that use the problem's structure.</summary>
    public bool UsesStructure => Structure is not null;

    /// <param name="work">
    /// The work parameter at which the method could not price the problem; null if the method did not run.
    /// </param>
    public static Cell Empty(string problem, string method, string? structure, string reason, int? work = null) =>
        new(problem, method, structure, null, work, [], null, false, null, reason, null);
}
