using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>
/// The ranking of a run: for each group, the ranking over all problems and the ranking for each problem.
/// </summary>
/// <param name="Tuned">
/// False if each method chose its own work, so that the times are not comparable at equal accuracy.
/// </param>
/// <param name="Incomplete">What is missing; null if the run is complete.</param>
/// <param name="Empty">The cells that are not ranked, with the reasons.</param>
internal sealed record RunRanking(
    string Run,
    double Target,
    bool Tuned,
    string? Incomplete,
    IReadOnlyList<OverallRanking> Overall,
    IReadOnlyList<ProblemRanking> Problems,
    IReadOnlyList<EmptyCell> Empty,
    NoiseSummary Noise
)
{
    public static readonly IReadOnlyList<RankedGroup> Groups =
    [
        RankedGroup.General,
        RankedGroup.Structure,
        RankedGroup.Together,
    ];

    public static RunRanking Of(StoredRun run)
    {
        var cells = run.Results;
        List<ProblemRanking> problems =
        [
            .. from problem in run.Header.Problems
            from ranked in Groups
            select ProblemRanking.Of(problem, ranked, cells),
        ];
        return new RunRanking(
            run.Header.Id,
            run.Header.Target,
            run.Header.Tuned,
            run.Incomplete,
            [.. Groups.Select(ranked => OverallRanking.Of(ranked, problems))],
            problems,
            [
                .. cells
                    .Where(c => !c.Met || c.Timing is null)
                    .Select(c => new EmptyCell(c.Problem, c.Method, c.Reason ?? "No time was measured.")),
            ],
            NoiseSummary.Of(run)
        );
    }
}
