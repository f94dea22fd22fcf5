using System.CommandLine;
using System.Globalization;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary><c>headrace benchop runs</c>: lists the stored runs.</summary>
internal static class BenchopRunsCommand
{
    public static Command Create()
    {
        var cliCommand = new CliCommand("runs", "List the stored runs, newest first.")
        {
            Examples = [("headrace benchop runs", "Lists each run with its cells, its target and its machine.")],
        };
        cliCommand.SetAction((call, _) => Task.FromResult(Run(call)));
        return cliCommand;
    }

    private static int Run(CommandContext call)
    {
        var store = RunStore.OfUser();
        var runs = store.ReadAll(call.WriteNote).Select(RunSummary.Of).ToList();
        if (call.Json)
            foreach (var run in runs)
                call.Terminal.WriteLine(Format.Json(run, BenchopJson.Default.RunSummary));
        else
            call.Terminal.WriteTable(
                ["RUN", "STARTED", "STATE", "DONE", "MET", "TARGET", "SETTINGS", "MACHINE"],
                runs.Select(Row)
            );
        if (runs.Count == 0)
            call.WriteNote("There is no run yet. Start one with: headrace benchop run");
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(RunSummary run) =>
        [
            run.Run.Id,
            Format.Time(run.Run.Started),
            run.End?.Outcome.ToString().ToLowerInvariant() ?? "open",
            $"{run.Done}/{run.Run.Cells}",
            Format.Number(run.Met),
            run.Run.Target.ToString("0E-0", CultureInfo.InvariantCulture),
            run.Run.Set.Length == 0 ? "-" : run.Run.Set,
            string.Join(" and ", run.Machines),
        ];
}
