using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace queues</c>: what each holds, and its bounds.</summary>
internal static class QueuesVerb
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

    private static Verb List()
    {
        var verb = new Verb("list", "List the queues with what they hold.")
        {
            Examples =
            [
                (
                    "headrace queues list",
                    "A line for each queue: jobs and bytes against their bounds, then how many jobs are in which state."
                ),
            ],
        };
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                Write(call, await client.QueuesAsync(cancellationToken));
                return ExitCode.Done;
            }
        );
        return verb;
    }

    private static Verb ShowOne()
    {
        var verb = new Verb("show", "Show one queue, method by method.")
        {
            Examples = [("headrace queues show default", "Exact counts for each method and state.")],
        };
        verb.Add(Name);
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var queue = await client.QueueAsync(call.Value(Name), cancellationToken);
                Write(call, [queue]);
                if (!call.Json)
                    call.Terminal.Table(
                        ["METHOD", "STATE", "JOBS", "INPUT", "RESULTS"],
                        queue.Counts.Where(c => c.Jobs > 0).Select(CountRow)
                    );
                return ExitCode.Done;
            }
        );
        return verb;
    }

    private static void Write(Call call, IReadOnlyList<QueueReply> queues)
    {
        if (call.Json)
            foreach (var queue in queues)
                call.Terminal.Line(Show.Json(queue, HeadraceJson.Default.QueueReply));
        else
            call.Terminal.Table(["QUEUE", "JOBS", "OF", "BYTES", "OF", "OLDEST READY", "STATES"], queues.Select(Row));
    }

    private static IReadOnlyList<string> Row(QueueReply queue) =>
        [
            queue.Name,
            Show.Number(queue.Jobs),
            Show.Number(queue.MaxJobs),
            Show.Size(queue.Bytes),
            Show.Size(queue.MaxBytes),
            Show.Time(queue.OldestReady),
            string.Join(
                ", ",
                States
                    .Select(state => (State: state, Jobs: queue.Counts.Where(c => c.State == state).Sum(c => c.Jobs)))
                    .Where(s => s.Jobs > 0)
                    .Select(s => $"{Show.Number(s.Jobs)} {s.State}")
            ),
        ];

    private static IReadOnlyList<string> CountRow(CountReply count) =>
        [count.Method, count.State, Show.Number(count.Jobs), Show.Size(count.InputBytes), Show.Size(count.ResultBytes)];
}
