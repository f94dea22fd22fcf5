using System.CommandLine;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop table</c>: measures every method on every problem, with one job for each cell.
/// </summary>
internal static class BenchopTableCommand
{
    private static readonly Option<string?> Problems = new("--problems")
    {
        Description = "The problems, such as 1a,1b-II, or all. [default: all]",
        HelpName = "IDS",
    };
    private static readonly Option<string?> Methods = new("--methods")
    {
        Description = "The methods, such as cos,fft, or all. [default: all]",
        HelpName = "NAMES",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "table",
            "Measure the error, processor time and work of each method on each problem. Each cell of the table "
                + "is a separate job."
        )
        {
            Examples =
            [
                (
                    "headrace benchop table --problems 1b,4 --methods all",
                    "Lists the fastest method first and states the reason for every empty cell."
                ),
                (
                    "headrace benchop table --problems all --methods all --json > cells.jsonl",
                    "Writes one line of JSON per cell."
                ),
            ],
        };
        foreach (var option in new Option[] { Problems, Methods, BenchopOptions.Set, BenchopOptions.Target })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var task = new CellTask(BenchopTask.Measure, Target: call.Value(BenchopOptions.Target) ?? CellTask.UsualTarget);
        var cells = BenchopStudy.Many(call.Value(Problems), call.Value(Methods), call.Value(BenchopOptions.Set), task);
        var jobs = new CellJobs(call, cells);
        var done = 0;
        try
        {
            await JobProgressBar.DrawAsync(
                call,
                $"measuring {cells.Count} cells",
                cells.Count,
                progress =>
                    jobs.RunAsync(
                        (cell, answer) =>
                        {
                            progress.Done(++done);
                            if (call.Json)
                                call.Terminal.WriteLine(Format.Json(answer, BenchopJson.Default.CellAnswer));
                            // If standard error is not a terminal, there is no progress bar, so each cell is reported
                            // on a separate line.
                            if (!call.Terminal.ErrorIsTerminal)
                                call.WriteNote($"{done}/{cells.Count} {cell.Name}: {CellText.Brief(answer.Cell)}");
                        },
                        cancellationToken
                    )
            );
        }
        finally
        {
            // The measured cells are written even after an interruption, because measuring them may have taken hours.
            Write(call, jobs.Answers, cells.Count);
        }
        return jobs.AnyFailed ? ExitCode.JobFailed : ExitCode.Done;
    }

    private static void Write(CommandContext call, IReadOnlyList<CellAnswer> answers, int wanted)
    {
        foreach (var remark in answers.SelectMany(a => a.Remarks).Distinct())
            call.WriteNote(remark);
        if (!call.Json && answers.Count > 0)
            Write(call, [.. CellText.Ranked([.. answers.Select(a => a.Cell)])]);
        if (answers.Count < wanted)
            call.WriteNote($"The table is incomplete: {answers.Count} of {wanted} cells were measured.");
    }

    private static void Write(CommandContext call, List<Cell> cells)
    {
        // If standard output is not a terminal, one row is written for every cell. On a terminal, the cells with values
        // come first, followed by the reasons why the other cells are empty.
        if (!call.Terminal.OutputIsTerminal)
        {
            call.Terminal.WriteTable(CellText.Headings, cells.Select(CellText.Row));
            return;
        }
        call.Terminal.WriteTable(CellText.Headings, cells.Where(c => c.Error is not null).Select(CellText.Row), "");
        foreach (var line in CellText.Reasons(cells))
            call.Terminal.WriteLine(line);
    }
}
