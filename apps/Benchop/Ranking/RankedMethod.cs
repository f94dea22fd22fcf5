namespace Headrace.Apps.Benchop.Ranking;

/// <summary>The place of a method in the ranking for a problem.</summary>
/// <param name="Rank">1 for the fastest; methods that tie have the same rank.</param>
/// <param name="Ratio">The CPU time as a multiple of that of the fastest method in the group.</param>
internal sealed record RankedMethod(
    int Rank,
    string Method,
    bool UsesStructure,
    double CpuMicroseconds,
    double Ratio,
    double? Error,
    int? Work
);
