using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace workers</c>: who runs jobs now.</summary>
internal static class WorkersCommand
{
    public static Command Create()
    {
        var list = new CliCommand("list", "List the current workers and what they hold.")
        {
            Examples = [("headrace workers list --json", "One JSON document for each worker.")],
        };
        list.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var workers = await client.ListWorkersAsync(cancellationToken);
                if (call.Json)
                    foreach (var worker in workers)
                        call.Terminal.WriteLine(Format.Json(worker, CliJson.Default.WorkerReply));
                else
                    call.Terminal.WriteTable(
                        ["WORKER", "POOL", "SLOTS", "HOLDS", "SILENT", "JOINED", "OFFERS"],
                        workers.Select(Row)
                    );
                return ExitCode.Done;
            }
        );
        return new Command("workers", "Look at workers.") { list };
    }

    private static IReadOnlyList<string> Row(WorkerReply worker) =>
        [
            worker.Draining ? worker.Name + " (draining)" : worker.Name,
            worker.Pool,
            Format.Number(worker.Slots),
            worker.Leases.Count == 0 ? "-" : string.Join(' ', worker.Leases),
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{worker.SilentSeconds:0.0} s"),
            Format.Time(worker.Joined),
            Offers(worker),
        ];

    /// <summary>A program that offers more says so in a word: the whole list is in <c>--json</c>.</summary>
    private static string Offers(WorkerReply worker) =>
        worker.Offers.Count <= 3 ? string.Join(' ', worker.Offers) : $"{Format.Number(worker.Offers.Count)} methods";
}
