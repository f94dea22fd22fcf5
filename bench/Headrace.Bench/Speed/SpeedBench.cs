using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>A command of <c>bench/run</c> that measures rows one after another.</summary>
internal static class SpeedBench
{
    public static Command Create(string name, string description, string about, IReadOnlyList<SpeedCase> cases)
    {
        var cliCommand = new CliCommand(name, description)
        {
            Examples = [($"bench/run {name}", $"Runs {cases.Count} benchmarks, each on its own server.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction((context, stop) => RunAsync(context, name, about, cases, stop));
        return cliCommand;
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        string name,
        string about,
        IReadOnlyList<SpeedCase> cases,
        CancellationToken stop
    )
    {
        var settings = SpeedSettings.Of(context);
        var rows = new List<SpeedRow>();
        var report = new SpeedReport(settings, name, about);
        var serverGc = false;
        foreach (var wanted in settings.Choose(cases))
        {
            context.WriteNote($"Measuring {name}: {wanted.Title}");
            await using var benchServer = await BenchServer.StartAsync(settings);
            rows.Add(await MeasureAsync(benchServer, wanted, settings, stop));
            serverGc = await benchServer.ServerGcAsync(stop);
            if (context.Json)
                context.Terminal.WriteLine(Format.Json(rows[^1], BenchJson.Default.SpeedRow));
        }
        if (rows.Count == 0)
            throw new UsageException(
                $"No row name in {name} contains '{settings.Only}'. Available rows: "
                    + $"{string.Join(", ", cases.Select(row => row.Title))}."
            );
        await report.WriteAsync(context, serverGc, SpeedPage.Headings, [.. rows.Select(SpeedPage.Row)], stop);
        return ExitCode.Done;
    }

    private static async Task<SpeedRow> MeasureAsync(
        BenchServer benchServer,
        SpeedCase wanted,
        SpeedSettings settings,
        CancellationToken stop
    )
    {
        if (wanted.First is { } first)
            await (await benchServer.LoadAsync(first.Order)).RoundAsync(first.Count, stop);
        var count = settings.Count ?? wanted.Count;
        var load = await benchServer.LoadAsync(wanted.Order);
        await load.RoundAsync(count, stop);
        var rounds = new List<Measured>();
        for (var i = 0; i < settings.Rounds; i++)
            rounds.Add(await benchServer.RoundAsync(load, count, stop));
        return SpeedRow.Of(wanted.Title, rounds);
    }
}
