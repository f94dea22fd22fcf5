namespace Headrace.Apps.Benchop.Problems;

/// <summary>The answer to a request for a problem: the problem, or all errors in the request.</summary>
/// <param name="Problem">Null if and only if there are errors.</param>
/// <param name="Remarks">
/// Remarks about parameter values that are allowed but unusual, such as a Heston variance that can reach zero.
/// </param>
internal sealed record ProblemAnswer(Problem? Problem, IReadOnlyList<Fault> Faults, IReadOnlyList<string> Remarks);

/// <summary>One error in a request: the field, its value, and the remedy.</summary>
internal sealed record Fault(string Field, string Value, string Remedy)
{
    public override string ToString() => $"{Field}={Value}: {Remedy}";
}
