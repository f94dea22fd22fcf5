using System.CommandLine;
using System.Globalization;
using System.Text;
using Headrace.Bench.Speed;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Bench.Watching;

/// <summary>
/// <c>bench/run metrics</c>: measures how much the metrics cost for each job, and how long a scrape takes.
/// </summary>
internal static class MetricsBench
{
    public const string Name = "metrics";
    private const int Count = 100_000;
    private const int Connections = 4;

    private static readonly Option<int?> Queues = Options.WholeNumber(
        "--queues",
        "The number of queues of the larger scrape, 1 to 10000. [default: 10000]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            Name,
            "Measure what the metrics cost for each job, and how long a scrape takes."
        )
        {
            Examples =
            [
                ("bench/run metrics", "Compares the cost with that of a no-op job, and scrapes 10,000 queues."),
            ],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.Add(Queues);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var queues = Math.Clamp(context.Value(Queues) ?? 10_000, 1, 10_000);
        var count = settings.Count ?? Count;
        context.WriteNote("Measuring the observation of jobs");
        var observed = MeterCost.MicrosPerJob();
        await using var server = await BenchServer.StartAsync(settings);
        var load = await server.LoadAsync(new LoadSpec(LoadKinds.Protobuf, Connections));
        context.WriteNote("Warming up");
        await load.RoundAsync(count, stop);
        var rounds = new List<Measured>();
        for (var round = 0; round < settings.Rounds; round++)
        {
            context.WriteNote(Text($"Round {round + 1}: no-op jobs"));
            rounds.Add(await server.RoundAsync(load, count, stop));
        }
        var job = SpeedRow.Of("no-op job", rounds);
        var cost = job.Each.ServerMicros + job.Each.WorkerMicros;
        context.WriteNote("Scraping");
        var one = await ScrapeTimes.MeasureAsync(server.Url, server.Key, stop);
        await ScrapeTimes.FillQueuesAsync(server.Url, server.Key, queues - 1, stop);
        var many = await ScrapeTimes.MeasureAsync(server.Url, server.Key, stop);
        IReadOnlyList<IReadOnlyList<string>> rows =
        [
            ["CPU time of the metrics for a job", Text($"{observed:0.00} µs")],
            ["CPU time of a no-op job, server and workers", Text($"{cost:0.0} µs")],
            ["share of the metrics", Text($"{100 * observed / cost:0.0} %")],
            ["scrape with 1 queue: median, 95 %", Text($"{one.Median:0.0} ms, {one.Slowest:0.0} ms")],
            [
                Text($"scrape with {queues:N0} queues: median, 95 %"),
                Text($"{many.Median:0.0} ms, {many.Slowest:0.0} ms, {many.Bytes / 1e3:0} KB"),
            ],
        ];
        var page = $"""
            # `bench/run {Name}`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

            {Paragraph.Wrap(About)}

            {MarkdownTable.Of(["measured", "value"], rows)}
            """;
        context.Terminal.WriteBytes(Encoding.UTF8.GetBytes(page));
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(report, page, stop);
        return ExitCode.Done;
    }

    private const string About =
        "The CPU time of the metrics is that of the three state changes of a job, created and observed in this "
        + "process while the exporter is listening. It is compared with no-op jobs of 64 bytes, submitted in batches "
        + "of 1,000 as Protobuf over 4 connections. A scrape is a GET /metrics request over a connection that "
        + "stays open.";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
