using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop;

/// <summary>What a job leaves: its cell, and what the values belong to.</summary>
/// <param name="Spots">The evaluation points, in the order of the values; of two assets the first.</param>
/// <param name="SecondSpots">Of two assets the second; else empty.</param>
/// <param name="Reference">What the values were compared with; empty where the cell is.</param>
/// <param name="Remarks">What is allowed but worth saying about the numbers.</param>
internal sealed record CellAnswer(
    Cell Cell,
    IReadOnlyList<double> Spots,
    IReadOnlyList<double> SecondSpots,
    IReadOnlyList<double> Reference,
    IReadOnlyList<string> Remarks
);
