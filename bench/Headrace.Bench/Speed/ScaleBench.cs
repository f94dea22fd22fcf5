using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>
/// <c>bench/run scale</c>: measures the same load on an empty store and on full ones. It alternates between them, so
/// that other load on the machine affects all of them. The result is the rate on each full store relative to the rate
/// on the empty one.
/// </summary>
internal static class ScaleBench
{
    private const string About =
        "Sends JSON batches of 1,000 no-op jobs of 64 bytes to three servers: an empty one, one with waiting jobs "
        + "(ready jobs in the same queue, for a method that no worker offers), and one with completed jobs. Each turn "
        + "measures one round on each server. `to empty` is the median, over all turns, of a server's rate divided by "
        + "the rate of the empty server. 1 means no difference; a value above 1 means faster than the empty server.";

    private static readonly Option<int?> Jobs = Options.WholeNumber(
        "--jobs",
        "The number of waiting or completed jobs in the full stores. [default: 1000000]"
    );
    private static readonly LoadSpec Order = new(LoadKinds.Jsonl, 4);

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "scale",
            "Measure throughput with many waiting jobs and with many completed jobs in the store."
        )
        {
            Examples =
            [
                (
                    "bench/run scale --jobs 1000000",
                    "Fills two stores, then measures both of them and an empty store in turn."
                ),
            ],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.Add(Jobs);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var jobs = context.Value(Jobs) ?? 1_000_000;
        var count = settings.Count ?? 50_000;
        var report = new SpeedReport(settings, "scale", About, inTurn: true);
        await using var empty = await BenchServer.StartAsync(settings);
        await using var waiting = await BenchServer.StartAsync(settings);
        await using var ended = await BenchServer.StartAsync(settings);
        context.WriteNote(string.Create(CultureInfo.InvariantCulture, $"Filling a store with {jobs} waiting jobs"));
        await (await waiting.LoadAsync(Order with { Kind = LoadKinds.Fill })).RoundAsync(jobs, stop);
        context.WriteNote(string.Create(CultureInfo.InvariantCulture, $"Filling a store with {jobs} completed jobs"));
        await (await ended.LoadAsync(Order)).RoundAsync(jobs, stop);

        (string Title, BenchServer Stand, List<Measured> Rounds)[] all =
        [
            ("empty", empty, []),
            (Title(jobs, "waiting"), waiting, []),
            (Title(jobs, "completed"), ended, []),
        ];
        var loads = new List<LoadProcess>();
        foreach (var (_, benchServer, _) in all)
            loads.Add(await benchServer.LoadAsync(Order));
        // Runs one uncounted round on each server.
        foreach (var load in loads)
            await load.RoundAsync(count, stop);
        for (var round = 0; round < settings.Rounds; round++)
        {
            context.WriteNote($"Round {round + 1} of {settings.Rounds}");
            foreach (var ((_, benchServer, rounds), load) in all.Zip(loads))
                rounds.Add(await benchServer.RoundAsync(load, count, stop));
        }
        var rows = all.Select(one => (Row: SpeedRow.Of(one.Title, one.Rounds), Ratio: Ratio(one.Rounds, all[0].Rounds)))
            .ToList();
        var headings = SpeedPage.Headings.Append("to empty").ToList();
        var lines = rows.Select(
                IReadOnlyList<string> (row) =>
                    [.. SpeedPage.Row(row.Row), row.Ratio.ToString("0.00", CultureInfo.InvariantCulture)]
            )
            .ToList();
        if (context.Json)
            foreach (var (row, _) in rows)
                context.Terminal.WriteLine(Format.Json(row, BenchJson.Default.SpeedRow));
        await report.WriteAsync(context, await empty.ServerGcAsync(stop), headings, lines, stop);
        return ExitCode.Done;
    }

    private static double Ratio(IReadOnlyList<Measured> rounds, IReadOnlyList<Measured> empty) =>
        Percentiles.Of(rounds.Zip(empty, (full, none) => none.Load.Seconds / full.Load.Seconds)).Median;

    private static string Title(int jobs, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{jobs:N0} {what}");
}
