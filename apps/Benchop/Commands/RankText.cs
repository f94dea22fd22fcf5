using System.Globalization;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>Formats rankings as rows and sentences.</summary>
internal static class RankText
{
    public static readonly IReadOnlyList<string> OverallHeadings =
    [
        "GROUP",
        "RANK",
        "METHOD",
        "MEAN",
        "MEDIAN",
        "SPREAD",
        "WORST",
        "WINS",
        "COVERAGE",
    ];

    public static readonly IReadOnlyList<string> ProblemHeadings =
    [
        "GROUP",
        "PROBLEM",
        "RANK",
        "METHOD",
        "CPU us",
        "RATIO",
        "ERROR",
        "WORK",
    ];

    public const string OverallCaption =
        "MEAN, MEDIAN, SPREAD and WORST describe the ratio of a method's CPU time to that of the fastest method in the "
        + "group, over the problems on which the method met the target: geometric mean, median, geometric standard "
        + "deviation and largest ratio. WINS counts ties. Methods that cover fewer than half the problems come last.";

    public static IEnumerable<IReadOnlyList<string>> Overall(RunRanking ranking, IReadOnlyList<RankedGroup> groups) =>
        from overall in ranking.Overall
        where groups.Contains(overall.Group)
        from standing in overall.Standings
        select (IReadOnlyList<string>)
            [
                Name(overall.Group),
                Rank(standing.Rank, overall.Standings.Count(s => s.Rank == standing.Rank)),
                standing.Method,
                Ratio(standing.Mean),
                Ratio(standing.Median),
                Ratio(standing.Spread),
                Ratio(standing.Worst),
                Format.Number(standing.Wins),
                $"{standing.Met}/{standing.Problems}",
            ];

    public static IEnumerable<IReadOnlyList<string>> ByProblem(RunRanking ranking, IReadOnlyList<RankedGroup> groups) =>
        from problem in ranking.Problems
        where groups.Contains(problem.Group)
        from place in problem.Places
        select (IReadOnlyList<string>)
            [
                Name(problem.Group),
                problem.Problem,
                Rank(place.Rank, problem.Places.Count(p => p.Rank == place.Rank)),
                place.Method,
                Time(place.CpuMicroseconds),
                Ratio(place.Ratio),
                place.Error?.ToString("0.0E-0", CultureInfo.InvariantCulture) ?? "-",
                place.Work is { } work ? Format.Number(work) : "-",
            ];

    /// <summary>
    /// Formats the line for one problem. The line is written as soon as all cells of the problem are done.
    /// </summary>
    public static string Brief(ProblemRanking ranking) =>
        ranking.Places.Count == 0
            ? $"{ranking.Problem}, {Name(ranking.Group)}: no method met the target."
            : $"{ranking.Problem}, {Name(ranking.Group)}: "
                + string.Join(
                    ", ",
                    ranking
                        .Places.Take(3)
                        .Select(p =>
                            $"{Rank(p.Rank, ranking.Places.Count(q => q.Rank == p.Rank))}. {p.Method} "
                            + $"{Time(p.CpuMicroseconds)} us"
                        )
                );

    public static string Noise(NoiseSummary noise) =>
        noise.Timed == 0
            ? "No cell met the target, so no time is ranked."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Noise: the 95 % confidence intervals have a median half-width of {noise.HalfWidth:0.0 %}, and "
                    + $"{noise.Unsteady} of {noise.Timed} stayed wider than 5 %; threads waited for a processor during "
                    + $"{noise.WaitShare:0 %} of the time (median); highest load average "
                    + $"{noise.LoadAverage?.ToString("0.0", CultureInfo.InvariantCulture) ?? "unknown"}."
            );

    private static string Name(RankedGroup group) => group.ToString().ToLowerInvariant();

    /// <summary>Ranks that several methods share are marked with an equals sign.</summary>
    private static string Rank(int rank, int methods) => $"{rank}{(methods > 1 ? "=" : "")}";

    private static string Ratio(double ratio) => ratio.ToString("G3", CultureInfo.InvariantCulture);

    private static string Time(double microseconds) => microseconds.ToString("G4", CultureInfo.InvariantCulture);
}
