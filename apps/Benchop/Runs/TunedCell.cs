namespace Headrace.Apps.Benchop.Runs;

/// <summary>What the tuning of an earlier run found for a cell.</summary>
/// <param name="Work">The smallest work that meets the target, or the work with the smallest error.</param>
/// <param name="CpuSeconds">The processor time of a call with this work; 0 if it was not measured.</param>
internal sealed record TunedCell(int Work, double CpuSeconds);
