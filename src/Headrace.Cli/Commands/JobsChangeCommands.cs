using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace jobs prioritize</c> and <c>jobs move</c>: change the priority or the queue of waiting jobs.
/// </summary>
internal static class JobsChangeCommands
{
    private static readonly BulkChange Prioritizing = new("prioritize", "The waiting jobs to change.");
    private static readonly BulkChange Moving = new("move", "The waiting jobs to move.");
    private static readonly Option<int?> Priority = Options.WholeNumber(
        "--priority",
        "The new priority. Jobs with a higher priority run first."
    );
    private static readonly Option<string?> Target = new Option<string?>("--to")
    {
        Description = "The queue to move the jobs to.",
        HelpName = "QUEUE",
    }.CompletesQueues();

    public static CliCommand CreatePrioritize()
    {
        var cliCommand = new CliCommand("prioritize", "Change the priority of waiting jobs.")
        {
            Examples =
            [
                (
                    "headrace jobs prioritize --filter \"queue:eu tag:run=7\" --priority 10",
                    "Makes the waiting jobs from run 7 start before the other jobs in their queue."
                ),
            ],
        };
        cliCommand.Add(Priority);
        Prioritizing.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var priority =
                    context.Value(Priority) ?? throw new UsageException("Specify the new priority with --priority.");
                using var client = context.Connect();
                return await Prioritizing.RunAsync(
                    context,
                    client,
                    new SweepRequest { Priority = priority },
                    cancellationToken
                );
            }
        );
        return cliCommand;
    }

    public static CliCommand CreateMove()
    {
        var cliCommand = new CliCommand("move", "Move waiting jobs to another queue.")
        {
            Examples =
            [
                (
                    "headrace jobs move --filter \"queue:eu method:sha512\" --to us",
                    "Moves the waiting jobs. If the other queue is full, waits until it has room."
                ),
            ],
        };
        cliCommand.Add(Target);
        Moving.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                var queue = context.Value(Target) ?? throw new UsageException("Specify the other queue with --to.");
                using var client = context.Connect();
                return await Moving.RunAsync(context, client, new SweepRequest { Queue = queue }, cancellationToken);
            }
        );
        return cliCommand;
    }
}
