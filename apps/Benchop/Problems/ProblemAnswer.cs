namespace Headrace.Apps.Benchop.Problems;

/// <summary>What came of a request for a problem: the problem, or every fault of the request at once.</summary>
/// <param name="Problem">Null exactly when there are faults.</param>
/// <param name="Remarks">What is allowed but worth saying, such as a Heston variance that can reach zero.</param>
internal sealed record ProblemAnswer(Problem? Problem, IReadOnlyList<Fault> Faults, IReadOnlyList<string> Remarks);

/// <summary>One thing wrong with what was asked: the field, the value it had, and what to do about it.</summary>
internal sealed record Fault(string Field, string Value, string Remedy)
{
    public override string ToString() => $"{Field}={Value}: {Remedy}";
}
