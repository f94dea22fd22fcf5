namespace Headrace.Benchop.Tests.Published;

/// <summary>One value from the file of published reference values.</summary>
/// <param name="ProblemId">The id of the problem, as spelled in the catalogue.</param>
/// <param name="Digits">The number of decimal digits that are believed to be correct.</param>
public sealed record PublishedValue(string ProblemId, IReadOnlyList<double> Spots, double Value, int Digits);
