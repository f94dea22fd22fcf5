using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace audit</c>: prints the audit log, newest first.</summary>
internal static class AuditCommand
{
    private const int PageSize = 1_000;

    private static readonly Option<int?> Limit = Options.Limit(
        "The maximum number of entries, newest first. [default: 100]"
    );

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("audit", "Print logins and changes to users and keys, newest first.")
        {
            Examples = [("headrace audit --limit 20", "Prints who changed what, when and from where.")],
        };
        cliCommand.Add(Limit);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var left = context.Value(Limit) ?? 100;
        using var client = context.Connect();
        var entries = new List<AuditReply>();
        string? after = null;
        do
        {
            var page = await client.Accounts.ListAuditEntriesAsync(after, Math.Min(left, PageSize), cancellationToken);
            entries.AddRange(page.Entries);
            (after, left) = (page.Next, left - page.Entries.Count);
        } while (after is not null && left > 0);
        if (context.Json)
            foreach (var entry in entries)
                context.Terminal.WriteLine(Format.Json(entry, HeadraceJson.Default.AuditReply));
        else
            context.Terminal.WriteTable(
                ["AT", "WHO", "FROM", "ACTION", "TARGET", "BEFORE", "AFTER"],
                entries.Select(Row)
            );
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(AuditReply entry) =>
        [
            Format.Time(entry.At),
            entry.Who,
            entry.From ?? "socket",
            entry.Action,
            entry.Target,
            entry.Before ?? "-",
            entry.After ?? "-",
        ];
}
