using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>The methods that met the target on one problem, fastest first.</summary>
/// <remarks>
/// Two methods tie if the 95 % confidence intervals of their CPU times overlap. Each place is compared with the
/// first one of its rank, so a chain of overlapping intervals does not tie the fastest method with the slowest.
/// </remarks>
internal sealed record ProblemRanking(string Problem, RankedGroup Group, IReadOnlyList<RankedMethod> Places)
{
    /// <summary>
    /// The maximum width of an interval. It is also used if the interval is unknown because there was time for only one
    /// call.
    /// </summary>
    private const double MaxHalfWidth = 0.25;

    public static ProblemRanking Of(string problem, RankedGroup group, IEnumerable<Cell> cells)
    {
        List<Cell> ranked =
        [
            .. cells
                .Where(c => c.Problem == problem && c.Met && c.Timing is not null && IsIn(group, c))
                .OrderBy(c => c.Timing!.CpuMicroseconds)
                .ThenBy(c => c.Method, StringComparer.Ordinal),
        ];
        var places = new List<RankedMethod>();
        var leader = 0;
        for (var i = 0; i < ranked.Count; i++)
        {
            if (!Overlap(ranked[leader].Timing!, ranked[i].Timing!))
                leader = i;

            var cell = ranked[i];
            places.Add(
                new RankedMethod(
                    leader + 1,
                    cell.Method,
                    cell.UsesStructure,
                    cell.Timing!.CpuMicroseconds,
                    cell.Timing.CpuMicroseconds / ranked[0].Timing!.CpuMicroseconds,
                    cell.Error,
                    cell.Work
                )
            );
        }

        return new ProblemRanking(problem, group, places);
    }

    private static bool IsIn(RankedGroup group, Cell cell) =>
        group == RankedGroup.Together || cell.UsesStructure == (group == RankedGroup.Structure);

    private static bool Overlap(Timing faster, Timing slower) =>
        slower.CpuMicroseconds - faster.CpuMicroseconds <= Margin(faster) + Margin(slower);

    private static double Margin(Timing timing) => Math.Min(timing.HalfWidth, MaxHalfWidth) * timing.CpuMicroseconds;
}
