namespace Headrace.Apps.Benchop.Ranking;

/// <summary>
/// The ranking over all problems. Methods that met the target on at least half of the problems come first. Both these
/// and the remaining methods are ordered by the geometric mean of the ratios. Empty cells do not affect the mean; the
/// coverage shows how many there are.
/// </summary>
internal sealed record OverallRanking(RankedGroup Group, IReadOnlyList<Standing> Standings)
{
    /// <summary>Methods whose means differ by at most this fraction have the same rank.</summary>
    private const double TieWidth = 0.01;

    public static OverallRanking Of(RankedGroup group, IReadOnlyList<ProblemRanking> problems)
    {
        var own = problems.Where(p => p.Group == group).ToList();
        var unranked = own.SelectMany(p => p.Places)
            .GroupBy(place => place.Method, StringComparer.Ordinal)
            .Select(places => Statistics(places.Key, [.. places], own.Count))
            .OrderBy(s => s.IsBroad ? 0 : 1)
            .ThenBy(s => s.Mean)
            .ThenBy(s => s.Method, StringComparer.Ordinal)
            .ToList();
        var standings = new List<Standing>();
        var leader = 0;
        for (var i = 0; i < unranked.Count; i++)
        {
            var (first, next) = (unranked[leader], unranked[i]);
            if (first.IsBroad != next.IsBroad || next.Mean > (1 + TieWidth) * first.Mean)
                leader = i;

            standings.Add(next with { Rank = leader + 1 });
        }

        return new OverallRanking(group, standings);
    }

    private static Standing Statistics(string method, List<RankedMethod> places, int problems)
    {
        List<double> logs = [.. places.Select(p => Math.Log(p.Ratio)).Order()];
        var mean = logs.Average();
        var middle = logs.Count / 2;
        var median = logs.Count % 2 == 1 ? logs[middle] : 0.5 * (logs[middle - 1] + logs[middle]);
        var variance = logs.Count < 2 ? 0 : logs.Sum(l => (l - mean) * (l - mean)) / (logs.Count - 1);
        return new Standing(
            0,
            method,
            Math.Exp(mean),
            Math.Exp(median),
            Math.Exp(Math.Sqrt(variance)),
            Math.Exp(logs[^1]),
            places.Count(p => p.Rank == 1),
            places.Count,
            problems
        );
    }
}
