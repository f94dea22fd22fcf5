namespace Headrace.Apps.Benchop.Problems;

/// <summary>What came of a request for a problem: the problem, or every fault of the request at once.</summary>
/// <param name="Problem">Null exactly when there are faults.</param>
/// <param name="Remarks">What is allowed but worth saying, such as a Heston variance that can reach zero.</param>
internal sealed record ProblemAnswer(Problem? Problem, IReadOnlyList<Fault> Faults, IReadOnlyList<string> Remarks);
