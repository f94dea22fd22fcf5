using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop tune</c>: finds the smallest work that meets a target error.</summary>
internal static class BenchopTuneVerb
{
    public static Command Create()
    {
        var verb = new Verb("tune", "Find the smallest work that meets a target error, and measure it.")
        {
            Examples =
            [
                (
                    "headrace benchop tune --problem 3-I --method cos --target 1e-5",
                    "Prints error, time and work at the fewest time steps that meet it; exit code 1 if none do."
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
            verb.Add(option);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var task = new CellTask(BenchopTask.Tune, Target: call.Value(BenchopOptions.Target) ?? CellTask.UsualTarget);
        var cell = BenchopStudy.One(
            call.Value(BenchopOptions.Problem),
            call.Value(BenchopOptions.Method),
            call.Value(BenchopOptions.Set),
            task
        );
        var answer = (await new CellJobs(call, [cell]).RunAsync((_, _) => { }, cancellationToken))[0];
        if (call.Json)
            call.Terminal.Line(Show.Json(answer, BenchopJson.Default.CellAnswer));
        else if (answer.Cell.Error is not null)
            call.Terminal.Table(CellText.Headings, [CellText.Row(answer.Cell)]);
        foreach (var remark in answer.Remarks)
            call.Note(remark);
        if (answer.Cell.Met)
            return ExitCode.Done;
        call.Terminal.Fail(answer.Cell.Reason ?? "The target is not met.");
        return ExitCode.JobFailed;
    }
}
