using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Commands;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run warm</c>: measures calls to warm processes, compared with calls to a C# method that does nothing. All
/// rows are measured on one server, and their rounds alternate.
/// </summary>
internal static class WarmBench
{
    private const int DefaultCount = 20_000;

    private const string About =
        "The jobs have a body of 64 bytes and a method that does nothing. They are submitted in batches and timed "
        + "from the first request to the last stored result. They run in a warm C process that receives up to 256 "
        + "jobs per call, in one that receives one job per call, in Python functions of both kinds, and in a C# "
        + "method. Each turn measures one round of each. `more than C#` is the extra worker time per job (workers "
        + "divided by rate) compared with the C# method, as the median over all turns. It is the cost of calling a "
        + "warm process. CPU times do not include the warm processes.";

    private static readonly (string Title, string Method)[] Rows =
    [
        ("C#", "noop"),
        ("warm C, one job per call", ProgramMethods.Warm),
        ("warm C, batches of up to 256", ProgramMethods.WarmBatch),
        ("Python, one job per call", ProgramMethods.Python),
        ("Python, batches of up to 256", ProgramMethods.PythonBatch),
    ];

    public static Command Create()
    {
        var cliCommand = new CliCommand("warm", "Measure the rate and the cost of calls to warm processes.")
        {
            Examples =
            [
                (
                    "bench/run warm",
                    "Alternates between rounds of a C# method and rounds of warm processes in C and Python."
                ),
            ],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var count = settings.Count ?? DefaultCount;
        var report = new SpeedReport(settings, "warm", About);
        using var methods = await ProgramMethods.CreateAsync(stop);
        await using var server = await BenchServer.StartAsync(settings, methods.Folder);
        var all = new List<(string Title, LoadProcess Load, List<Measured> Rounds)>();
        foreach (var (title, method) in Rows)
        {
            var load = await server.LoadAsync(new LoadSpec(LoadKinds.Protobuf, 4) { Method = method });
            await load.RoundAsync(count, stop);
            all.Add((title, load, []));
        }
        for (var round = 0; round < settings.Rounds; round++)
        {
            context.WriteNote($"Round {round + 1} of {settings.Rounds}");
            foreach (var (_, load, rounds) in all)
                rounds.Add(await server.RoundAsync(load, count, stop));
        }
        IReadOnlyList<IReadOnlyList<string>> lines =
        [
            .. all.Select(one =>
                (IReadOnlyList<string>)
                    [
                        .. SpeedPage.Row(SpeedRow.Of(one.Title, one.Rounds)),
                        Cost(one.Rounds, all[0].Rounds, settings.Workers),
                    ]
            ),
        ];
        IReadOnlyList<string> headings = [.. SpeedPage.Headings, "more than C#"];
        await report.WriteAsync(context, await server.ServerGcAsync(stop), headings, lines, stop);
        return ExitCode.Done;
    }

    private static string Cost(IReadOnlyList<Measured> rounds, IReadOnlyList<Measured> direct, int workers)
    {
        if (ReferenceEquals(rounds, direct))
            return "-";
        var micros = Percentiles
            .Of(rounds.Zip(direct, (warm, none) => Micros(warm, workers) - Micros(none, workers)))
            .Median;
        return string.Create(CultureInfo.InvariantCulture, $"{micros:0.0} µs");
    }

    private static double Micros(Measured round, int workers) => 1e6 * workers * round.Load.Seconds / round.Load.Count;
}
