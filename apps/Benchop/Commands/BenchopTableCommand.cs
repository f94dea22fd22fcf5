using System.CommandLine;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Reports;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop table</c>: prints the cells of a stored run.</summary>
internal static class BenchopTableCommand
{
    private static readonly Argument<string> Run = RunArgument.Create();

    public static Command Create()
    {
        var cliCommand = new CliCommand("table", "Print the cells of a stored run, fastest first for each problem.")
        {
            Examples =
            [
                ("headrace benchop table", "Lists the cells of the latest run and the reason for every empty one."),
                (
                    "headrace benchop table latest --format latex > table.tex",
                    "Writes a table like the one in the paper: a row for each method, a column for each problem."
                ),
                ("headrace benchop table 20261130-0800 --json", "Writes each cell as a line of JSON."),
            ],
        };
        cliCommand.Add(Run);
        cliCommand.Add(ReportOptions.Format);
        cliCommand.SetAction((call, _) => Task.FromResult(Show(call)));
        return cliCommand;
    }

    private static int Show(CommandContext call)
    {
        var run = RunArgument.Find(RunStore.OfUser(), call.Value(Run));
        var format = ReportOptions.FormatOf(call.Value(ReportOptions.Format));
        if (call.Json)
            foreach (var answer in run.Answers)
                call.Terminal.WriteLine(Format.Json(answer, BenchopJson.Default.CellAnswer));
        else if (format == TableFormat.Text)
            WriteText(call, [.. CellText.Ranked(run.Results)]);
        else if (format == TableFormat.Csv)
            call.Terminal.WriteLines(
                TableText.Of(format, CellText.CsvHeadings, CellText.Ranked(run.Results).Select(CellText.CsvRow), "")
            );
        else
            call.Terminal.WriteLines(
                TableText.Of(format, TimeMatrix.Headings(run), TimeMatrix.Rows(run), TimeMatrix.Caption(run))
            );

        if (run.Incomplete is { } missing)
            call.WriteNote(missing);
        return ExitCode.Done;
    }

    private static void WriteText(CommandContext call, List<Cell> cells)
    {
        // If standard output is not a terminal, each cell is written as one row. On a terminal, the cells with values
        // come first, followed by the reasons why the other cells are empty.
        if (!call.Terminal.OutputIsTerminal)
        {
            call.Terminal.WriteTable(CellText.Headings, cells.Select(CellText.Row));
            return;
        }
        call.Terminal.WriteTable(CellText.Headings, cells.Where(c => c.Error is not null).Select(CellText.Row));
        foreach (var line in CellText.Reasons(cells))
            call.Terminal.WriteLine(line);
    }
}
