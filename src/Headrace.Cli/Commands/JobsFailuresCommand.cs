using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace jobs failures</c>: groups failed jobs by the type and the first line of their errors.</summary>
internal static class JobsFailuresCommand
{
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description = "Include only jobs from this queue.",
        HelpName = "NAME",
    }.CompletesQueues();
    private static readonly Option<string?> Filter = FilterOption.Create(
        "Include only failed jobs that match this filter."
    );

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("failures", "Group failed jobs by their errors.")
        {
            Examples =
            [
                (
                    "headrace jobs failures --queue eu",
                    "Prints a line for each error: the number of jobs that failed with it, and the newest of these "
                        + "jobs."
                ),
            ],
        };
        cliCommand.Add(Queue);
        cliCommand.Add(Filter);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var (queue, filter) = (context.Value(Queue), context.Value(Filter));
                using var client = context.Connect();
                var groups = await client.ListFailuresAsync(
                    queue is null ? filter : $"queue:{queue} {filter}".TrimEnd(),
                    cancellationToken
                );
                if (context.Json)
                    foreach (var group in groups)
                        context.Terminal.WriteLine(Format.Json(group, HeadraceJson.Default.FailureGroupReply));
                else
                    context.Terminal.WriteTable(["COUNT", "NEWEST", "ENDED", "TYPE", "MESSAGE"], groups.Select(Row));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static IReadOnlyList<string> Row(FailureGroupReply group) =>
        [
            Format.Number(group.Count),
            group.NewestId,
            Format.Time(group.NewestEnded),
            group.Type,
            group.Message.Length == 0 ? "-" : group.Message,
        ];
}
