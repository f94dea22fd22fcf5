using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Runs;
using Xunit;
using static Headrace.Benchop.Tests.Ranking.Cells;

namespace Headrace.Benchop.Tests.Ranking;

public sealed class RankingTests
{
    [Fact]
    public void General_cells_and_cells_that_use_structure_are_ranked_apart_and_together()
    {
        Cell[] cells =
        [
            Timed("1b", "fd", 50),
            Timed("1b", "cos", 20),
            Timed("1b", "alo", 10, structure: true),
            Missed("1b", "rbf", 3e-4),
            Cell.Empty("1b", "fft", null, "No."),
            Timed("4", "adi", 1),
        ];

        Assert.Equal(["1 cos 1", "2 fd 2.5"], Places(RankedGroup.General));
        Assert.Equal(["1 alo 1"], Places(RankedGroup.Structure));
        Assert.Equal(["1 alo 1", "2 cos 2", "3 fd 5"], Places(RankedGroup.Together));

        IEnumerable<string> Places(RankedGroup group) =>
            ProblemRanking
                .Of("1b", group, cells)
                .Places.Select(p => FormattableString.Invariant($"{p.Rank} {p.Method} {p.Ratio}"));
    }

    [Fact]
    public void Overlapping_intervals_tie_with_the_first_of_their_rank_but_do_not_chain()
    {
        var ranking = ProblemRanking.Of(
            "1a",
            RankedGroup.General,
            [
                Timed("1a", "a", 100, halfWidth: 0.05),
                Timed("1a", "b", 108, halfWidth: 0.05),
                Timed("1a", "c", 116, halfWidth: 0.05),
                Timed("1a", "d", 300),
            ]
        );

        // The intervals of b and c overlap, but the interval of c does not overlap that of a.
        Assert.Equal([1, 1, 3, 4], ranking.Places.Select(p => p.Rank));
    }

    [Fact]
    public void A_time_of_one_call_does_not_tie_with_every_other_time()
    {
        var ranking = ProblemRanking.Of(
            "1a",
            RankedGroup.General,
            [Timed("1a", "fast", 1), Timed("1a", "slow", 100, halfWidth: 1)]
        );

        Assert.Equal([1, 2], ranking.Places.Select(p => p.Rank));
    }

    [Fact]
    public void The_overall_ranking_is_the_geometric_mean_of_the_ratios_with_their_statistics()
    {
        var standings = Overall(
            Timed("p", "a", 1),
            Timed("q", "a", 8),
            Timed("r", "a", 1),
            Timed("p", "b", 2),
            Timed("q", "b", 1),
            Timed("r", "b", 4)
        );

        var (a, b) = (standings[1], standings[0]);
        // The ratios of a are 1, 8 and 1; those of b are 2, 1 and 4. Both geometric means are 2.
        Assert.Equal((1, 1), (a.Rank, b.Rank));
        Assert.Equal(2, a.Mean, 1e-12);
        Assert.Equal(1, a.Median, 1e-12);
        Assert.Equal(2, b.Median, 1e-12);
        Assert.Equal((2, 1), (a.Wins, b.Wins));
        Assert.Equal((8, 4), (Math.Round(a.Worst), Math.Round(b.Worst)));
        // The base-2 logarithms of b's ratios are 1, 0 and 2. Their standard deviation is 1.
        Assert.Equal(2, b.Spread, 1e-12);

        static IReadOnlyList<Standing> Overall(params Cell[] cells) =>
            [.. RunRanking.Of(Run(cells)).Overall[0].Standings.OrderByDescending(s => s.Method)];
    }

    [Fact]
    public void A_specialist_comes_after_methods_that_cover_half_of_the_problems()
    {
        var ranking = RunRanking.Of(
            Run(Timed("p", "broad", 10), Timed("q", "broad", 10), Timed("r", "special", 1), Timed("r", "broad", 10))
        );

        var standings = ranking.Overall[0].Standings;
        Assert.Equal(["broad", "special"], standings.Select(s => s.Method));
        Assert.Equal([1, 2], standings.Select(s => s.Rank));
        Assert.Equal([(3, 3), (1, 3)], standings.Select(s => (s.Met, s.Problems)));
    }

    [Fact]
    public void Cells_that_are_not_ranked_are_listed_with_their_reasons()
    {
        var ranking = RunRanking.Of(
            Run(Timed("p", "a", 1), Missed("p", "b", 2e-4), Cell.Empty("p", "c", null, "No formula is known."))
        );

        Assert.Equal(
            [("b", "The error misses the target."), ("c", "No formula is known.")],
            ranking.Empty.Select(e => (e.Method, e.Reason))
        );
    }

    [Fact]
    public void A_partial_run_is_ranked_and_says_how_much_is_missing()
    {
        var partial = Run(["p", "q"], ["a", "b"], Timed("p", "a", 1));
        var stopped = partial with { End = new RunEnd(DateTimeOffset.UnixEpoch, RunOutcome.Interrupted) };

        Assert.Contains("in progress", RunRanking.Of(partial).Incomplete, StringComparison.Ordinal);
        Assert.Equal(
            "The run was interrupted: 1 of 4 cells are done, so this ranking is partial.",
            RunRanking.Of(stopped).Incomplete
        );
        Assert.Single(RunRanking.Of(stopped).Overall[0].Standings);
        Assert.Null(RunRanking.Of(Run(Timed("p", "a", 1))).Incomplete);
    }

    [Fact]
    public void The_noise_of_a_run_is_summarised_over_its_ranked_cells()
    {
        var noise = NoiseSummary.Of(
            Run(
                Timed("p", "a", 1, halfWidth: 0.01),
                Timed("p", "b", 1, halfWidth: 0.02),
                Timed("p", "c", 1, halfWidth: 0.2),
                Missed("p", "d", 1)
            )
        );

        Assert.Equal((3, 0.02, 1, 0.5), (noise.Timed, noise.HalfWidth, noise.Unsteady, noise.LoadAverage!.Value));
        Assert.Equal(0.2, noise.WaitShare, 1e-12);
    }

    [Fact]
    public void Two_runs_are_compared_cell_by_cell()
    {
        var before = Run(
            Timed("p", "faster", 10),
            Timed("p", "slower", 10),
            Timed("p", "same", 10, halfWidth: 0.05),
            Timed("p", "lost", 10),
            Missed("p", "won", 1e-3),
            Missed("p", "never", 1e-3),
            Timed("p", "gone", 10)
        );
        var after = Run(
            Timed("p", "faster", 5),
            Timed("p", "slower", 20),
            Timed("p", "same", 10.5, halfWidth: 0.05),
            Missed("p", "lost", 1e-3),
            Timed("p", "won", 10),
            Missed("p", "never", 1e-3),
            Timed("p", "new", 10)
        );

        var comparison = RunComparison.Of(before, after);

        Assert.Equal(
            [
                ("faster", ChangeKind.Faster),
                ("slower", ChangeKind.Slower),
                ("same", ChangeKind.Same),
                ("lost", ChangeKind.NowMissed),
                ("won", ChangeKind.NowMet),
                ("never", ChangeKind.Missed),
                ("gone", ChangeKind.OnlyBefore),
                ("new", ChangeKind.OnlyAfter),
            ],
            comparison.Cells.Select(c => (c.Method, c.Kind))
        );
        Assert.Equal(Math.Pow(0.5 * 2 * 1.05, 1.0 / 3), comparison.MeanRatio!.Value, 1e-12);
        Assert.Empty(comparison.Warnings);
    }

    [Fact]
    public void Conditions_in_which_two_runs_differ_are_stated()
    {
        var run = Run(Timed("p", "a", 10));
        var other = run with
        {
            Header = run.Header with
            {
                Target = 1e-3,
                Set = "K=90",
                Protocol = TimingProtocol.Paper,
                Tuned = false,
                Seed = 7,
            },
            Cells =
            [
                run.Cells[0] with
                {
                    Answer = run.Cells[0].Answer with
                    {
                        Machine = new MachineInfo("Other", 8, "Linux", ".NET 10", "0.2.0"),
                    },
                },
            ],
        };

        var warnings = RunComparison.Of(run, other).Warnings;

        Assert.Equal(6, warnings.Count);
        Assert.Contains("The targets differ: 1E-4 and 1E-3.", warnings);
        Assert.Contains(warnings, w => w.Contains("Other, 8 cores", StringComparison.Ordinal));
    }
}
