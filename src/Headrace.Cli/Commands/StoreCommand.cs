using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace store usage</c>: shows which data occupies space in the store, and when that data will be deleted.
/// </summary>
internal static class StoreCommand
{
    public static Command Create()
    {
        var usage = new CliCommand("usage", "Show what occupies space in the store, and when it will be deleted.")
        {
            Examples =
            [
                (
                    "headrace store usage",
                    "Prints the size of the store, and for each queue how many ended jobs are kept, their size and "
                        + "limits, and when the oldest of them will be deleted."
                ),
            ],
        };
        usage.SetAction(UsageAsync);
        return new Command("store", "Show what the store contains.") { usage };
    }

    private static async Task<int> UsageAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var usage = await client.Queues.GetStoreUsageAsync(null, cancellationToken);
        var kept = usage.Kept.ToList();
        for (var next = usage.Next; next is not null;)
        {
            var page = await client.Queues.GetStoreUsageAsync(next, cancellationToken);
            kept.AddRange(page.Kept);
            next = page.Next;
        }
        if (context.Json)
        {
            context.Terminal.WriteLine(
                Format.Json(usage with { Kept = kept, Next = null }, HeadraceJson.Default.StoreUsageReply)
            );
            return ExitCode.Done;
        }
        context.WriteNote(
            $"The store occupies {Format.Size(usage.Bytes)}, of which {Format.Size(usage.FreeBytes)} is free, plus a "
                + $"log of {Format.Size(usage.LogBytes)}."
        );
        context.Terminal.WriteTable(
            ["QUEUE", "ENDED", "JOBS", "BYTES", "KEEP", "OLDEST", "NEXT DELETION"],
            kept.Select(Row)
        );
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(KeptJobsReply kept) =>
        [
            kept.Queue,
            kept.State,
            Format.Number(kept.Jobs),
            Format.Size(kept.Bytes),
            Format.Keep(kept.Keep),
            Format.Time(kept.Oldest),
            Format.Time(kept.NextDeletion),
        ];
}
