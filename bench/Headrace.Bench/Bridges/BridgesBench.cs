using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Bench.Bridges;

/// <summary>
/// <c>bench/run bridges</c>: measures the throughput and latency of messages that go from a Redis list through a no-op
/// job to another Redis list.
/// </summary>
internal static class BridgesBench
{
    private static readonly Option<int?> Messages = Options.WholeNumber(
        "--messages",
        "The number of messages. [default: 100000]"
    );
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    private static readonly IReadOnlyList<string> Headings =
    [
        "Redis syncs",
        "messages",
        "duration",
        "messages per second",
        "CPU time of the server per message",
        "one message, p50",
        "one message, p99",
        "each message has one result",
    ];

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "bridges",
            "Measure how fast messages go from a Redis list through a no-op job to another Redis list."
        )
        {
            Examples = [("bench/run bridges --messages 20000", "Sends 20,000 messages through a bridge, twice.")],
        };
        cliCommand.Add(Messages);
        cliCommand.Add(Report);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var messages = context.Value(Messages) ?? 100_000;
        var runs = new List<BridgeRun>();
        foreach (var sync in (string[])["everysec", "always"])
        {
            var folder = Directory.CreateTempSubdirectory("headrace-bridges-").FullName;
            try
            {
                runs.Add(await BridgeMeasure.RunAsync(folder, messages, sync, stop));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        context.Terminal.WriteTable(Headings, runs.Select(Row));
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, Page(messages, runs), stop);
        return runs.All(run => run.Complete) ? ExitCode.Done : ExitCode.JobFailed;
    }

    private static IReadOnlyList<string> Row(BridgeRun run) =>
        [
            run.Sync,
            Text($"{run.Messages:N0}"),
            Text($"{run.Seconds:0.0} s"),
            Text($"{run.Messages / run.Seconds:N0}"),
            Text($"{run.ProcessorMicros:0} µs"),
            Text($"{run.Percentile(0.5):0.0} ms"),
            Text($"{run.Percentile(0.99):0.0} ms"),
            run.Complete ? "yes" : "no",
        ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Page(int messages, IReadOnlyList<BridgeRun> runs) =>
        $"""
            # `bench/run bridges`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run bridges --messages {messages}`

            Messages wait in a list of Redis when the bridge starts. It submits each of them as a `noop` job to a
            server with one worker, and appends the results to another list. Redis, server and worker share the
            machine; `fsync` of the server is on. Then single messages follow after pauses of 20 to 200 ms, and a
            consumer waits for each result with `BLPOP`.

            {MarkdownTable.Of(Headings, [.. runs.Select(Row)])}
            """;
}
