using System.CommandLine;
using Headrace.Apps.Benchop.Problems;
using Headrace.Apps.Benchop.Reports;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop plot</c>: plots error against CPU time for a stored run.</summary>
internal static class BenchopPlotCommand
{
    private static readonly Argument<string> Run = RunArgument.Create();

    private static readonly Option<string?> Problems = new("--problems")
    {
        Description = "The problems to draw, such as 1b,4. [default: all problems of the run]",
        HelpName = "IDS",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "plot",
            "Plot the error against the CPU time of a stored run, as SVG. Each method is a line if the run was "
                + "measured with --curves; otherwise it is a point."
        )
        {
            Examples =
            [
                ("headrace benchop plot > run.svg", "Draws a diagram for each problem in the latest run."),
                ("headrace benchop plot latest --problems 1b > 1b.svg", "Draws problem 1b."),
            ],
        };
        cliCommand.Add(Run);
        cliCommand.Add(Problems);
        cliCommand.SetAction((call, _) => Task.FromResult(Draw(call)));
        return cliCommand;
    }

    private static int Draw(CommandContext call)
    {
        var run = RunArgument.Find(RunStore.OfUser(), call.Value(Run));
        var problems = run.Header.Problems;
        if (call.Value(Problems) is { } list)
        {
            var (chosen, faults) = ProblemCatalogue.Select(list);
            if (faults.Count > 0)
                throw new UsageException(string.Join(" ", faults));
            problems = [.. chosen.Select(d => d.Id)];
            if (problems.FirstOrDefault(p => !run.Header.Problems.Contains(p)) is { } missing)
                throw new UsageException(
                    $"Run {run.Header.Id} does not contain problem {missing}. It contains: "
                        + $"{string.Join(", ", run.Header.Problems)}."
                );
        }

        call.Terminal.WriteLines(WorkPrecisionPlot.Of(run, problems).TrimEnd());
        if (run.Results.All(c => c.Curve.Count == 0))
            call.WriteNote("The run has no curves, so each method is a point. Measure them with: benchop run --curves");
        if (run.Incomplete is { } incomplete)
            call.WriteNote(incomplete);
        return ExitCode.Done;
    }
}
