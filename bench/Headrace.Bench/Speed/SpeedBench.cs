using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>A command of <c>bench/run</c> that measures rows one after another.</summary>
internal static class SpeedBench
{
    public static Command Create(string name, string description, string about, IReadOnlyList<SpeedCase> cases)
    {
        var verb = new Verb(name, description)
        {
            Examples = [($"bench/run {name}", $"Measures {cases.Count} rows, each on a server of its own.")],
        };
        foreach (var option in SpeedSettings.All)
            verb.Add(option);
        verb.Runs((call, stop) => RunAsync(call, name, about, cases, stop));
        return verb;
    }

    private static async Task<int> RunAsync(
        Call call,
        string name,
        string about,
        IReadOnlyList<SpeedCase> cases,
        CancellationToken stop
    )
    {
        var settings = SpeedSettings.Of(call);
        var rows = new List<SpeedRow>();
        var before = DiskProbe.Of(settings.Parent);
        var serverGc = false;
        foreach (var wanted in settings.Choose(cases))
        {
            call.Note($"Measuring {name}: {wanted.Title}");
            await using var stand = await Stand.StartAsync(settings);
            rows.Add(await MeasureAsync(stand, wanted, settings, stop));
            serverGc = await stand.ServerGcAsync(stop);
            if (call.Json)
                call.Terminal.Line(Show.Json(rows[^1], BenchJson.Default.SpeedRow));
        }
        if (rows.Count == 0)
            throw new UsageException(
                $"No row of {name} has '{settings.Only}' in its name. "
                    + $"There are: {string.Join(", ", cases.Select(row => row.Title))}."
            );
        var surroundings = new SpeedSurroundings(
            ThisMachine.Date,
            ThisMachine.Words(settings.Parent),
            settings.Durability,
            before,
            DiskProbe.Of(settings.Parent),
            serverGc,
            settings.Workers,
            settings.Rounds
        );
        call.Note(surroundings.Words);
        if (!call.Json)
            call.Terminal.Table(SpeedPage.Headings, rows.Select(SpeedPage.Row));
        if (call.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(
                report,
                SpeedPage.Write(name, about, surroundings, SpeedPage.Headings, rows.Select(SpeedPage.Row)),
                stop
            );
        return ExitCode.Done;
    }

    private static async Task<SpeedRow> MeasureAsync(
        Stand stand,
        SpeedCase wanted,
        SpeedSettings settings,
        CancellationToken stop
    )
    {
        if (wanted.First is { } first)
            await (await stand.LoadAsync(first.Order)).RoundAsync(first.Count, stop);
        var count = settings.Count ?? wanted.Count;
        var load = await stand.LoadAsync(wanted.Order);
        await load.RoundAsync(count, stop);
        var rounds = new List<Measured>();
        for (var i = 0; i < settings.Rounds; i++)
            rounds.Add(await stand.RoundAsync(load, count, stop));
        return SpeedRow.Of(wanted.Title, rounds);
    }
}
