namespace Headrace.Apps.Benchop.Runs;

/// <summary>The result of tuning a cell in an earlier run.</summary>
/// <param name="Work">The smallest work that meets the target, or the work with the smallest error.</param>
/// <param name="CpuSeconds">The CPU time of a call with this work; 0 if it was not measured.</param>
internal sealed record TunedCell(int Work, double CpuSeconds);
