using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace queues</c>: what each holds, and its bounds.</summary>
internal static class QueuesCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The queue." };
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

    public static Command Create() => new("queues", "Look at queues.") { List(), ShowOne() };

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List the queues with what they hold.")
        {
            Examples =
            [
                (
                    "headrace queues list",
                    "A line for each queue: jobs and bytes against their bounds, then how many jobs are in which state."
                ),
            ],
        };
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                Write(call, await client.ListQueuesAsync(cancellationToken));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand ShowOne()
    {
        var cliCommand = new CliCommand("show", "Show one queue, method by method.")
        {
            Examples = [("headrace queues show default", "Exact counts for each method and state.")],
        };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var queue = await client.GetQueueAsync(call.Value(Name), cancellationToken);
                Write(call, [queue]);
                if (!call.Json)
                    call.Terminal.WriteTable(
                        ["METHOD", "STATE", "JOBS", "INPUT", "RESULTS"],
                        queue.Counts.Where(c => c.Jobs > 0).Select(CountRow)
                    );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static void Write(CommandContext call, IReadOnlyList<QueueReply> queues)
    {
        if (call.Json)
            foreach (var queue in queues)
                call.Terminal.WriteLine(Format.Json(queue, HeadraceJson.Default.QueueReply));
        else
            call.Terminal.WriteTable(
                ["QUEUE", "JOBS", "OF", "BYTES", "OF", "OLDEST READY", "STATES"],
                queues.Select(Row)
            );
    }

    private static IReadOnlyList<string> Row(QueueReply queue) =>
        [
            queue.Name,
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

    private static IReadOnlyList<string> CountRow(CountReply count) =>
        [
            count.Method,
            count.State,
            Format.Number(count.Jobs),
            Format.Size(count.InputBytes),
            Format.Size(count.ResultBytes),
        ];
}
