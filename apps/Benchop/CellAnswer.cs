using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop;

/// <summary>The result of a job: one cell of the table, with its evaluation points and reference values.</summary>
/// <param name="Spots">
/// The evaluation points, in the order of the values; if there are two assets, the first spot of each pair.
/// </param>
/// <param name="SecondSpots">If there are two assets, the second spot of each pair; otherwise empty.</param>
/// <param name="Reference">
/// The reference values; empty when the cell has no values, or when no digit of the reference is accurate.
/// </param>
/// <param name="Remarks">Remarks about parameter values that are allowed but unusual.</param>
internal sealed record CellAnswer(
    Cell Cell,
    IReadOnlyList<double> Spots,
    IReadOnlyList<double> SecondSpots,
    IReadOnlyList<double> Reference,
    IReadOnlyList<string> Remarks
)
{
    /// <summary>The machine on which the time was measured; null if no time was measured.</summary>
    public MachineInfo? Machine { get; init; }
}
