namespace Headrace.Benchop.Tests.Published;

/// <summary>One value of the reference file.</summary>
/// <param name="ProblemId">As the catalogue spells it.</param>
/// <param name="Digits">Decimal digits that are believed correct.</param>
public sealed record PublishedValue(string ProblemId, IReadOnlyList<double> Spots, double Value, int Digits);
