using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// <c>headrace benchop price</c>: prices one problem with one method and compares the result with the reference.
/// </summary>
internal static class BenchopPriceCommand
{
    private static readonly Option<int?> Work = Options.WholeNumber(
        "--work",
        "The work parameter of the method: terms, nodes or steps. [default: the method chooses]"
    );

    private static readonly Option<bool> NoReference = new("--no-reference")
    {
        Description = "Compute the price alone, without a reference or an error.",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "price",
            "Price a problem with one method and compare the result with the reference."
        )
        {
            Examples =
            [
                (
                    "headrace benchop price --problem 1b --method alo",
                    "Prices an American put with default settings and prints each spot, value and reference value."
                ),
                (
                    "headrace benchop price --problem 1b --method alo --set S=90:110,T=1,r=0.03,sigma=0.15 --work 8",
                    "Prices the same problem with different settings and a specified work parameter."
                ),
            ],
        };
        Option[] options =
        [
            BenchopOptions.Problem,
            BenchopOptions.Method,
            BenchopOptions.Set,
            Work,
            BenchopOptions.Seed,
            NoReference,
        ];
        foreach (var option in options)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var cell = BenchopStudy.One(
            call.Value(BenchopOptions.Problem),
            call.Value(BenchopOptions.Method),
            call.Value(BenchopOptions.Set),
            new CellTask(
                call.Value(NoReference) ? BenchopTask.Value : BenchopTask.Price,
                call.Value(Work),
                Seed: call.Value(BenchopOptions.Seed)
            )
        );
        using var client = call.Connect();
        var answer = (await new CellJobs(call, client, [cell]).RunAsync((_, _, _) => { }, cancellationToken))[0];
        if (call.Json)
            call.Terminal.WriteLine(Format.Json(answer, BenchopJson.Default.CellAnswer));
        else
            call.Terminal.WriteTable(
                [.. answer.SecondSpots.Count > 0 ? (string[])["S1", "S2"] : ["S"], "VALUE", "REFERENCE"],
                CellText.Points(answer)
            );
        foreach (var remark in answer.Remarks)
            call.WriteNote(remark);
        var priced = answer.Cell;
        if (priced.Values.Count == 0)
        {
            call.Terminal.WriteError($"{priced.Method} could not price {cell.Problem.Id}: {priced.Reason}");
            return ExitCode.JobFailed;
        }
        call.WriteNote(
            priced.ReferenceDigits is > 0
                ? $"Error {CellText.Error(priced)}, work {CellText.Work(priced)}, "
                    + $"reference accurate to {priced.ReferenceDigits} digits."
                : $"Work {CellText.Work(priced)}."
        );
        if (priced.StandardErrors.Count > 0)
            call.WriteNote($"Standard errors {CellText.StandardErrors(priced)}.");
        if (priced.Reason is not null)
            call.WriteNote(priced.Reason);
        return ExitCode.Done;
    }
}
