using System.CommandLine;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Reports;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop rank</c>: ranks the methods of a stored run, even while the run is in progress.
/// </summary>
internal static class BenchopRankCommand
{
    private static readonly Argument<string> Run = RunArgument.Create();

    private static readonly Option<string?> By = ReportOptions.OneOf(
        "--by",
        "WHAT",
        "Rank over all problems (overall) or for each problem (problem). [default: overall]",
        "overall",
        "problem"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("rank", "Rank the methods of a stored run by CPU time.")
        {
            Examples =
            [
                ("headrace benchop rank", "Ranks the methods of the latest run over all problems."),
                (
                    "headrace benchop rank 20261130 --by problem --group general --format markdown",
                    "Writes the ranking of general methods for each problem as a table in Markdown."
                ),
            ],
        };
        cliCommand.Add(Run);
        foreach (var option in new Option[] { By, ReportOptions.Group, ReportOptions.Format })
            cliCommand.Add(option);
        cliCommand.SetAction((call, _) => Task.FromResult(Show(call)));
        return cliCommand;
    }

    private static int Show(CommandContext call)
    {
        var ranking = RunRanking.Of(RunArgument.Find(RunStore.OfUser(), call.Value(Run)));
        if (call.Json)
        {
            call.Terminal.WriteLine(Format.Json(ranking, BenchopJson.Default.RunRanking));
            return ExitCode.Done;
        }

        var groups = ReportOptions.GroupsOf(call.Value(ReportOptions.Group));
        var format = ReportOptions.FormatOf(call.Value(ReportOptions.Format));
        var byProblem = call.Value(By) == "problem";
        var headings = byProblem ? RankText.ProblemHeadings : RankText.OverallHeadings;
        var rows = byProblem ? RankText.ByProblem(ranking, groups) : RankText.Overall(ranking, groups);
        if (format == TableFormat.Text)
        {
            call.Terminal.WriteTable(headings, rows);
            if (!byProblem)
                call.WriteNote(RankText.OverallCaption);
            call.WriteNote(RankText.Noise(ranking.Noise));
        }
        else
        {
            var caption = $"Run {ranking.Run}. {(byProblem ? "" : RankText.OverallCaption)} {ranking.Incomplete}";
            call.Terminal.WriteLines(TableText.Of(format, headings, rows, caption.Trim()));
        }

        if (ranking.Incomplete is { } missing)
            call.WriteNote(missing);
        call.WriteNote(
            $"{ranking.Empty.Count} cells are not ranked; headrace benchop table states the reason for each."
        );
        return ExitCode.Done;
    }
}
