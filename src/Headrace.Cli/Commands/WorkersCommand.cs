using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace workers</c>: lists the current workers, and prints their output.</summary>
internal static class WorkersCommand
{
    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "The name of the worker, as listed by headrace workers list or headrace pools.",
    };
    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Keep printing new lines until you press Ctrl-C, even if the worker is restarted.",
    };

    /// <summary>
    /// The maximum time that the server allows for a wait. The server replies as soon as there is a new line.
    /// </summary>
    private static readonly TimeSpan FollowWait = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        var workers = List("workers", "List the current workers, and read their output.", "headrace workers");
        workers.Add(
            List("list", "List the current workers and the jobs assigned to them.", "headrace workers list --json")
        );
        workers.Add(Logs());
        return workers;
    }

    private static CliCommand List(string name, string description, string example)
    {
        var list = new CliCommand(name, description)
        {
            Examples =
            [
                (
                    example,
                    "Prints the slots, leases and methods of each worker; with --json, one JSON document for each."
                ),
            ],
        };
        list.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var workers = await client.ListWorkersAsync(cancellationToken);
                if (context.Json)
                    foreach (var worker in workers)
                        context.Terminal.WriteLine(Format.Json(worker, CliJson.Default.WorkerReply));
                else
                    context.Terminal.WriteTable(
                        ["WORKER", "POOL", "SLOTS", "LEASES", "LAST SEEN", "JOINED", "OFFERS"],
                        workers.Select(Row)
                    );
                return ExitCode.Done;
            }
        );
        return list;
    }

    private static CliCommand Logs()
    {
        var cliCommand = new CliCommand("logs", "Print the output of a local worker, even after the worker has exited.")
        {
            Examples =
            [
                (
                    "headrace workers logs myhost-score-1 -f",
                    "Prints the last lines, then each new one, until you press Ctrl-C."
                ),
            ],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Follow);
        cliCommand.SetAction(LogsAsync);
        return cliCommand;
    }

    private static async Task<int> LogsAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var (name, follow) = (context.Value(Name)!, context.Value(Follow));
        long? after = null;
        do
        {
            var log = await client.GetWorkerLogAsync(
                name,
                after,
                after is null ? TimeSpan.Zero : FollowWait,
                cancellationToken
            );
            foreach (var line in log.Lines)
                context.Terminal.WriteLine(
                    context.Json
                        ? Format.Json(line, HeadraceJson.Default.WorkerLogLineReply)
                        : $"{Format.Time(line.At)} {TerminalText.OneLine(line.Text)}"
                );
            after = log.Next;
        } while (follow);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(WorkerReply worker) =>
        [
            worker.Draining ? worker.Name + " (draining)" : worker.Name,
            worker.Pool,
            $"{Format.Number(worker.SlotsInUse)} of {Format.Number(worker.Slots)}",
            worker.Leases.Count == 0 ? "-" : string.Join(' ', worker.Leases),
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{worker.SilentSeconds:0.0} s ago"),
            Format.Time(worker.Joined),
            Offers(worker),
        ];

    /// <summary>
    /// Lists the methods if there are at most three; otherwise, shows their number and the methods that the server
    /// refuses. <c>--json</c> always lists all methods, with the reasons for the refusals.
    /// </summary>
    private static string Offers(WorkerReply worker)
    {
        var offers =
            worker.Offers.Count <= 3
                ? string.Join(' ', worker.Offers)
                : $"{Format.Number(worker.Offers.Count)} methods";
        return worker.RefusedOffers is { Count: > 0 } refused
            ? $"{offers} (refused: {string.Join(' ', refused.Keys)})"
            : offers;
    }
}
