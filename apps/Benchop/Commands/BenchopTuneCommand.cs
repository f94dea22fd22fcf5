using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop tune</c>: finds the smallest work parameter that meets a target error.</summary>
internal static class BenchopTuneCommand
{
    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "tune",
            "Find the smallest work parameter that meets a target error, and measure the method with it."
        )
        {
            Examples =
            [
                (
                    "headrace benchop tune --problem 3-I --method cos --target 1e-5",
                    "Finds the smallest number of time steps that meets the target, and prints its error, time and "
                        + "work. Exits with code 1 if no number meets the target."
                ),
            ],
        };
        foreach (
            var option in new Option[]
            {
                BenchopOptions.Problem,
                BenchopOptions.Method,
                BenchopOptions.Set,
                BenchopOptions.Target,
            }
        )
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var task = new CellTask(BenchopTask.Tune, Target: call.Value(BenchopOptions.Target) ?? CellTask.UsualTarget);
        var cell = BenchopStudy.One(
            call.Value(BenchopOptions.Problem),
            call.Value(BenchopOptions.Method),
            call.Value(BenchopOptions.Set),
            task
        );
        using var client = call.Connect();
        var answer = (await new CellJobs(call, client, [cell]).RunAsync((_, _, _) => { }, cancellationToken))[0];
        if (call.Json)
            call.Terminal.WriteLine(Format.Json(answer, BenchopJson.Default.CellAnswer));
        else if (answer.Cell.Error is not null)
            call.Terminal.WriteTable(CellText.Headings, [CellText.Row(answer.Cell)]);
        foreach (var remark in answer.Remarks)
            call.WriteNote(remark);
        if (answer.Cell.Met)
            return ExitCode.Done;
        call.Terminal.WriteError(answer.Cell.Reason ?? "The method did not meet the target.");
        return ExitCode.JobFailed;
    }
}
