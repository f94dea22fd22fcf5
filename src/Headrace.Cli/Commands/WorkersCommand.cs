using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace workers</c>: lists the current workers.</summary>
internal static class WorkersCommand
{
    public static Command Create()
    {
        var list = new CliCommand("list", "List the current workers and the jobs assigned to them.")
        {
            Examples = [("headrace workers list --json", "Prints a JSON document for each worker.")],
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
                        workers.Select(Row),
                        "LEASES",
                        "OFFERS"
                    );
                return ExitCode.Done;
            }
        );
        return new Command("workers", "List workers.") { list };
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
    /// Lists the methods if there are at most three, and otherwise shows their number. <c>--json</c> always lists all
    /// methods.
    /// </summary>
    private static string Offers(WorkerReply worker) =>
        worker.Offers.Count <= 3 ? string.Join(' ', worker.Offers) : $"{Format.Number(worker.Offers.Count)} methods";
}
