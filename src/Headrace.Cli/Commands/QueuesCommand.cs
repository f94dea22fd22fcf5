using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace queues</c>: lists the queues, their contents and their limits, and controls them.</summary>
internal static class QueuesCommand
{
    private static readonly Argument<string> Name = new Argument<string>("NAME")
    {
        Description = "The name of the queue.",
    }.CompletesQueues();
    private static readonly string[] States =
    [
        "blocked",
        "scheduled",
        "ready",
        "running",
        "succeeded",
        "failed",
        "cancelled",
    ];

    public static Command Create()
    {
        var queues = List("queues", "List the queues, and control them.", "headrace queues");
        queues.Add(List("list", "List the queues with their sizes and limits.", "headrace queues list"));
        queues.Add(Show());
        queues.Add(QueueSettingsCommands.Set());
        queues.Add(QueueSettingsCommands.Pause());
        queues.Add(QueueSettingsCommands.Resume());
        queues.Add(QueueSettingsCommands.Drain());
        queues.Add(QueueSettingsCommands.Purge());
        return queues;
    }

    private static CliCommand List(string name, string description, string example)
    {
        var cliCommand = new CliCommand(name, description)
        {
            Examples =
            [
                (
                    example,
                    "Prints a line for each queue: the number of jobs and bytes, their limits, and the number of jobs "
                        + "in each state."
                ),
            ],
        };
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                Write(context, await client.ListQueuesAsync(cancellationToken));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show the number of jobs in a queue by method and state.")
        {
            Examples = [("headrace queues show default", "Prints the exact number of jobs for each method and state.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var queue = await client.GetQueueAsync(context.Value(Name), cancellationToken);
                Write(context, [queue]);
                if (!context.Json)
                    context.Terminal.WriteTable(
                        ["METHOD", "STATE", "JOBS", "INPUT", "RESULTS"],
                        queue.Counts.Where(c => c.Jobs > 0).Select(CountRow)
                    );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Write(CommandContext context, IReadOnlyList<QueueReply> queues)
    {
        if (context.Json)
            foreach (var queue in queues)
                context.Terminal.WriteLine(
                    Format.Json(
                        // A queue reports a count for each state of every method that it has ever seen. Most counts are
                        // zero and are omitted here.
                        queue with
                        {
                            Counts = [.. queue.Counts.Where(c => c.Jobs > 0)],
                        },
                        HeadraceJson.Default.QueueReply
                    )
                );
        else
            context.Terminal.WriteTable(
                ["QUEUE", "STATE", "JOBS", "OF", "BYTES", "OF", "OLDEST READY", "STATES"],
                queues.Select(Row)
            );
    }

    private static IReadOnlyList<string> Row(QueueReply queue) =>
        [
            queue.Name,
            State(queue),
            Format.Number(queue.Jobs),
            Format.Number(queue.MaxJobs),
            Format.Size(queue.Bytes),
            Format.Size(queue.MaxBytes),
            Format.Time(queue.OldestReady),
            string.Join(
                ", ",
                States
                    .Select(state => (State: state, Jobs: queue.Counts.Where(c => c.State == state).Sum(c => c.Jobs)))
                    .Where(s => s.Jobs > 0)
                    .Select(s => $"{Format.Number(s.Jobs)} {s.State}")
            ),
        ];

    private static string State(QueueReply queue)
    {
        var states = new List<string>();
        if (queue.Paused == true)
            states.Add("paused");
        if (queue.Draining == true)
            states.Add("draining");
        if (queue.WaitsForRoom == true)
            states.Add("no room for results");
        return states.Count == 0 ? "open" : string.Join(", ", states);
    }

    private static IReadOnlyList<string> CountRow(CountReply count) =>
        [
            count.Method,
            count.State,
            Format.Number(count.Jobs),
            Format.Size(count.InputBytes),
            Format.Size(count.ResultBytes),
        ];
}
