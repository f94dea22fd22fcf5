using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop price</c>: one problem by one method, with its error.</summary>
internal static class BenchopPriceVerb
{
    private static readonly Option<int?> Work = Options.Whole(
        "--work",
        "The work parameter of the method: terms, nodes or steps. [default: the method chooses]"
    );

    public static Command Create()
    {
        var verb = new Verb("price", "Price a problem by a method, and compare it with the reference.")
        {
            Examples =
            [
                (
                    "headrace benchop price --problem 1b --method alo",
                    "Prices an American put with its default settings: spot, value, reference."
                ),
                (
                    "headrace benchop price --problem 1b --method alo --set S=90:110,T=1,r=0.03,sigma=0.15 --work 8",
                    "Prices with settings and work of your own."
                ),
            ],
        };
        foreach (var option in new Option[] { BenchopOptions.Problem, BenchopOptions.Method, BenchopOptions.Set, Work })
            verb.Add(option);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var cell = BenchopStudy.One(
            call.Value(BenchopOptions.Problem),
            call.Value(BenchopOptions.Method),
            call.Value(BenchopOptions.Set),
            new CellTask(BenchopTask.Price, call.Value(Work))
        );
        var answer = (await new CellJobs(call, [cell]).RunAsync((_, _) => { }, cancellationToken))[0];
        if (call.Json)
            call.Terminal.Line(Show.Json(answer, BenchopJson.Default.CellAnswer));
        else
            call.Terminal.Table(
                [.. answer.SecondSpots.Count > 0 ? (string[])["S1", "S2"] : ["S"], "VALUE", "REFERENCE"],
                CellText.Points(answer)
            );
        foreach (var remark in answer.Remarks)
            call.Note(remark);
        var priced = answer.Cell;
        if (priced.Values.Count == 0)
        {
            call.Terminal.Fail($"No price of {cell.Problem.Id} by {priced.Method}: {priced.Reason}");
            return ExitCode.JobFailed;
        }
        call.Note(
            $"Error {CellText.Error(priced)}, work {CellText.Work(priced)}, "
                + $"reference with {priced.ReferenceDigits} digits."
        );
        if (priced.Reason is not null)
            call.Note(priced.Reason);
        return ExitCode.Done;
    }
}
