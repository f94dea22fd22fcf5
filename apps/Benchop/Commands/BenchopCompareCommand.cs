using System.CommandLine;
using System.Globalization;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Reports;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop compare</c>: compares two stored runs cell by cell.</summary>
internal static class BenchopCompareCommand
{
    private static readonly IReadOnlyList<string> Headings =
    [
        "PROBLEM",
        "METHOD",
        "CHANGE",
        "RATIO",
        "CPU us BEFORE",
        "CPU us AFTER",
        "ERROR BEFORE",
        "ERROR AFTER",
    ];

    private static readonly Argument<string> Before = new("BEFORE")
    {
        Description = "The first run: its id or the beginning of its id.",
    };
    private static readonly Argument<string> After = new("AFTER")
    {
        Description = "The second run: its id, the beginning of its id, or 'latest'.",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "compare",
            "Compare two stored runs cell by cell. A cell is faster or slower if the 95 % confidence intervals of both "
                + "times do not overlap."
        )
        {
            Examples =
            [
                (
                    "headrace benchop compare 20261129-1712 latest",
                    "Lists the cells of both runs with the ratio of their times, largest change first."
                ),
            ],
        };
        cliCommand.Add(Before);
        cliCommand.Add(After);
        cliCommand.Add(ReportOptions.Format);
        cliCommand.SetAction((call, _) => Task.FromResult(Compare(call)));
        return cliCommand;
    }

    private static int Compare(CommandContext call)
    {
        var store = RunStore.OfUser();
        var (before, after) = (RunArgument.Find(store, call.Value(Before)), RunArgument.Find(store, call.Value(After)));
        var comparison = RunComparison.Of(before, after);
        foreach (var warning in comparison.Warnings)
            call.WriteNote(warning);
        if (call.Json)
        {
            call.Terminal.WriteLine(Format.Json(comparison, BenchopJson.Default.RunComparison));
            return ExitCode.Done;
        }

        var format = ReportOptions.FormatOf(call.Value(ReportOptions.Format));
        var rows = comparison
            .Cells.Where(c => c.Kind != ChangeKind.Missed)
            .OrderByDescending(c => Math.Abs(Math.Log(c.Ratio ?? double.MaxValue)))
            .Select(Row);
        if (format == TableFormat.Text)
            call.Terminal.WriteTable(Headings, rows);
        else
            call.Terminal.WriteLines(TableText.Of(format, Headings, rows, Summary(comparison)));
        call.WriteNote(Summary(comparison));
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(CellChange change) =>
        [
            change.Problem,
            change.Method,
            NameOf(change.Kind),
            change.Ratio?.ToString("G3", CultureInfo.InvariantCulture) ?? "-",
            Time(change.Before),
            Time(change.After),
            Error(change.Before),
            Error(change.After),
        ];

    private static string Summary(RunComparison comparison)
    {
        int Count(ChangeKind kind) => comparison.Cells.Count(c => c.Kind == kind);
        var mean = comparison.MeanRatio?.ToString("0.000", CultureInfo.InvariantCulture) ?? "unknown";
        return $"From run {comparison.Before} to run {comparison.After}: {Count(ChangeKind.Faster)} cells are faster, "
            + $"{Count(ChangeKind.Slower)} slower, {Count(ChangeKind.Same)} the same; "
            + $"{Count(ChangeKind.NowMet)} now meet the target, {Count(ChangeKind.NowMissed)} now miss it. "
            + $"Geometric mean of the time ratios: {mean}.";
    }

    private static string NameOf(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.NowMet => "now met",
            ChangeKind.NowMissed => "now missed",
            ChangeKind.OnlyBefore => "only before",
            ChangeKind.OnlyAfter => "only after",
            _ => kind.ToString().ToLowerInvariant(),
        };

    private static string Time(Cell? cell) =>
        cell?.Timing?.CpuMicroseconds.ToString("G4", CultureInfo.InvariantCulture) ?? "-";

    private static string Error(Cell? cell) => cell is null ? "-" : CellText.Error(cell);
}
