namespace Headrace.Benchop.Tests.Published;

/// <summary>One value of the reference file.</summary>
/// <param name="ProblemId">As spelled in the catalogue.</param>
/// <param name="Digits">Number of decimal digits believed to be correct.</param>
public sealed record PublishedValue(string ProblemId, IReadOnlyList<double> Spots, double Value, int Digits);
