using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// How a run uses a method: which problems the method prices, which job measures a cell, and how the job's result is
/// read.
/// </summary>
internal interface ICellMethod
{
    /// <summary>The name of the method in tables and rankings.</summary>
    string Name { get; }

    /// <summary>Whether the method has a work parameter, which a run can tune.</summary>
    bool HasWork { get; }

    /// <summary>
    /// The time that a job may need before the method runs, in addition to the time limit of the cell.
    /// </summary>
    TimeSpan StartAllowance { get; }

    /// <summary>The registered method, with its version, whose job measures the problem.</summary>
    string RegisteredNameFor(Problem problem);

    /// <summary>
    /// Returns null if the method supports this problem; otherwise, returns the reason as a sentence.
    /// </summary>
    string? WhyNot(Problem problem);

    /// <summary>
    /// The special structure of this contract and model that the method uses; null for a general method.
    /// </summary>
    string? StructureOn(Problem problem);

    /// <summary>Returns the params for the job that computes the cell.</summary>
    object ParametersOf(CellRequest cell);

    /// <summary>Reads the result of the job.</summary>
    CellAnswer Read(CellRequest cell, ReadOnlySpan<byte> result);
}
