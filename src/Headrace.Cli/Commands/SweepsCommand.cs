using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace sweeps</c>: lists, shows and stops sweeps, which change many jobs.</summary>
internal static class SweepsCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The number of the sweep." };

    public static Command Create()
    {
        var group = new CliCommand("sweeps", "List, show and stop sweeps, which change many jobs.")
        {
            Examples = [("headrace sweeps", "Lists the running sweeps and those that ended most recently.")],
        };
        group.Add(List());
        group.Add(Show());
        group.Add(Stop());
        group.SetAction(ListAsync);
        return group;
    }

    /// <summary>Describes a sweep and its progress on one line.</summary>
    public static string Describe(SweepReply sweep)
    {
        var skipped = sweep.Skipped == 0 ? "" : $", {Format.Number(sweep.Skipped)} skipped";
        var waiting = sweep.Waiting is { } reason ? $"; it waits: {reason}" : "";
        return $"sweep {sweep.Id} ({Change(sweep)}) {sweep.State}: {Format.Number(sweep.Changed)} changed"
            + $"{skipped}{waiting}";
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the running sweeps and those that ended most recently.")
        {
            Examples = [("headrace sweeps list", "Prints a line for each sweep, newest first.")],
        };
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var sweeps = await client.Sweeps.ListAsync(cancellationToken);
        if (context.Json)
            foreach (var sweep in sweeps)
                context.Terminal.WriteLine(Format.Json(sweep, HeadraceJson.Default.SweepReply));
        else
            context.Terminal.WriteTable(
                ["ID", "CHANGE", "STATE", "CHANGED", "SKIPPED", "STARTED", "FILTER", "WAITING"],
                sweeps.Select(Row)
            );
        return ExitCode.Done;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show a sweep and its progress.")
        {
            Examples = [("headrace sweeps show 3", "Prints how many jobs the sweep has changed so far.")],
        };
        cliCommand.Add(Id);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Write(context, await client.Sweeps.GetAsync(context.Value(Id), cancellationToken));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Stop()
    {
        var cliCommand = new CliCommand("stop", "Stop a sweep. The jobs that it has already changed remain changed.")
        {
            Examples = [("headrace sweeps stop 3", "Stops the sweep and prints what it has changed.")],
        };
        cliCommand.Add(Id);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Write(context, await client.Sweeps.StopAsync(context.Value(Id), cancellationToken));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Write(CommandContext context, SweepReply sweep) =>
        context.Terminal.WriteLine(
            context.Json ? Format.Json(sweep, HeadraceJson.Default.SweepReply) : Describe(sweep)
        );

    private static IReadOnlyList<string> Row(SweepReply sweep) =>
        [
            sweep.Id,
            Change(sweep),
            sweep.State,
            Format.Number(sweep.Changed),
            Format.Number(sweep.Skipped),
            Format.Time(sweep.Started),
            sweep.Filter.Length == 0 ? "-" : sweep.Filter,
            sweep.Waiting ?? "-",
        ];

    private static string Change(SweepReply sweep) =>
        sweep.Priority is { } priority ? $"{sweep.Action} {Format.Number(priority)}"
        : sweep.Queue is { } queue ? $"{sweep.Action} to {queue}"
        : sweep.Action;
}
