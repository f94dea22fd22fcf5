namespace Headrace.Apps.Benchop.Runs;

/// <summary>A finished cell of a run.</summary>
/// <param name="Method">The method with its version, such as <c>benchop.cos@2</c>.</param>
/// <param name="Problem">All parameters of the problem: <see cref="Problems.Problem.Key"/>.</param>
/// <param name="Job">The job that computed the cell; null if the method does not support the problem.</param>
/// <param name="ReusedWork">True if the work parameter was found by tuning in an earlier run.</param>
internal sealed record RunCell(string Method, string Problem, string? Job, bool ReusedWork, CellAnswer Answer);
