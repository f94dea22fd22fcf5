namespace Headrace.Apps.Benchop.Ranking;

/// <summary>
/// The place of a method in the ranking over all problems, with statistics of its ratios: the CPU time as a
/// multiple of that of the fastest method, for each problem on which the method met the target.
/// </summary>
/// <param name="Mean">The geometric mean of the ratios.</param>
/// <param name="Spread">The geometric standard deviation of the ratios; 1 if they are all equal.</param>
/// <param name="Wins">The number of problems on which the method is the fastest, including ties.</param>
/// <param name="Met">The number of problems on which the method met the target.</param>
/// <param name="Problems">The number of problems in the run.</param>
internal sealed record Standing(
    int Rank,
    string Method,
    double Mean,
    double Median,
    double Spread,
    double Worst,
    int Wins,
    int Met,
    int Problems
)
{
    /// <summary>
    /// Whether the method met the target on at least half of the problems. Other methods are ranked after these,
    /// because a mean over only a few problems is not very meaningful.
    /// </summary>
    public bool IsBroad => 2 * Met >= Problems;
}
