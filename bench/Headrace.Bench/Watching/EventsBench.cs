using System.CommandLine;
using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;

namespace Headrace.Bench.Watching;

/// <summary>
/// <c>bench/run events</c>: measures how much clients that watch events slow down submissions. The rows take turns
/// within each round, so that a period in which the machine is slow affects all of them.
/// </summary>
internal static class EventsBench
{
    public const string Name = "events";
    private const int Count = 20_000;
    private const int Connections = 64;

    private static readonly Option<int?> Readers = Options.WholeNumber(
        "--readers",
        "The number of clients that watch, 1 to 1000. [default: 200]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand(Name, "Measure how much submissions slow down while clients watch events.")
        {
            Examples =
            [
                ("bench/run events", "Compares submissions without readers with submissions that 200 readers watch."),
            ],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.Add(Readers);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var readers = Math.Clamp(context.Value(Readers) ?? 200, 1, 1_000);
        var report = new SpeedReport(settings, Name, About, inTurn: true);
        await using var server = await BenchServer.StartAsync(settings);
        (string Title, int Readers, Func<int, string> Query)[] rows =
        [
            ("no readers", 0, _ => ""),
            (Text($"{readers} readers of all jobs"), readers, _ => ""),
            (Text($"{readers} readers of other queues"), readers, number => Text($"?q=queue:q{number}")),
        ];
        var load = await server.LoadAsync(new LoadSpec(LoadKinds.Single, Connections));
        var count = settings.Count ?? Count;
        context.WriteNote("Warming up");
        await load.RoundAsync(count, stop);
        var measured = rows.Select(_ => new List<Measured>()).ToList();
        var bytes = new long[rows.Length];
        for (var round = 0; round < settings.Rounds; round++)
            for (var i = 0; i < rows.Length; i++)
            {
                context.WriteNote(Text($"Round {round + 1}: {rows[i].Title}"));
                await using var watching = await EventReaders.ConnectAsync(
                    server.Url,
                    server.Key,
                    rows[i].Readers,
                    rows[i].Query,
                    stop
                );
                measured[i].Add(await server.RoundAsync(load, count, stop));
                bytes[i] += watching.Bytes;
            }
        var table = rows.Select((row, i) => SpeedRow.Of(row.Title, measured[i])).ToList();
        if (context.Json)
            foreach (var row in table)
                context.Terminal.WriteLine(Format.Json(row, BenchJson.Default.SpeedRow));
        await report.WriteAsync(
            context,
            await server.ServerGcAsync(stop),
            SpeedPage.Headings,
            [.. table.Select(SpeedPage.Row)],
            stop,
            Findings(table, bytes, settings.Rounds)
        );
        return ExitCode.Done;
    }

    private const string About =
        "The requests use 64 connections, and each request submits one no-op job of 64 bytes as JSON. At the same "
        + "time, the workers run the jobs. The readers run in the process of the measurement and discard what they "
        + "read.";

    private static string Findings(List<SpeedRow> rows, long[] bytes, int rounds) =>
        string.Join(
            ' ',
            rows.Skip(1)
                .Select(
                    (row, i) =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"With {row.Title}, a job takes {100 * row.Each.Micros / rows[0].Each.Micros - 100:0.0} % "
                                + $"more CPU time, the rate is {100 * row.Rate / rows[0].Rate:0.0} % of that "
                                + $"without readers, and the readers read {bytes[i + 1] / rounds / 1e6:0.0} MB "
                                + $"in a round."
                        )
                )
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
