using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>
/// <c>bench/run auth</c>: measures how much time checking a credential adds to a submission. The cases alternate within
/// each round, so that a period in which the machine is slow affects all of them.
/// </summary>
internal static class AuthBench
{
    public const string Name = "auth";
    private const int Count = 20_000;
    private const int Connections = 64;

    private const string About =
        "Each request submits one no-op job of 64 bytes as JSON. The requests use 64 connections, as in the row `64 "
        + "connections` of `bench/run single`. The row `no accounts` uses the admin key on a server without users "
        + "and keys; the others share a server with 1,000 API keys. The cases alternate within each round.";

    public static Command Create()
    {
        var cliCommand = new CliCommand(Name, "Measure how much time checking a credential adds to a submission.")
        {
            Examples =
            [
                (
                    "bench/run auth",
                    "Measures submissions with each kind of credential, and the credential checks alone."
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
        var report = new SpeedReport(settings, Name, About, inTurn: true);
        var checks = await CredentialChecks.MeasureAsync(stop);
        await using var empty = await BenchServer.StartAsync(settings);
        await using var server = await BenchServer.StartAsync(settings);
        var (key, token) = await BenchAccounts.AddAsync(server.Url, server.Key, stop);
        (string Title, BenchServer Server, string Key)[] rows =
        [
            ("no accounts", empty, empty.Key),
            (CredentialChecks.AdminKey, server, server.Key),
            (CredentialChecks.ApiKey, server, key),
            (CredentialChecks.Token, server, token),
        ];
        var count = settings.Count ?? Count;
        var loads = new List<LoadProcess>();
        foreach (var row in rows)
        {
            loads.Add(await row.Server.LoadAsync(new LoadSpec(LoadKinds.Single, Connections), row.Key));
            context.WriteNote($"Warming up: {row.Title}");
            await loads[^1].RoundAsync(count, stop);
        }
        var measured = rows.Select(_ => new List<Measured>()).ToList();
        for (var round = 0; round < settings.Rounds; round++)
            for (var i = 0; i < rows.Length; i++)
            {
                context.WriteNote($"Round {round + 1}: {rows[i].Title}");
                measured[i].Add(await rows[i].Server.RoundAsync(loads[i], count, stop));
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
            $"{checks.Describe} {Shares(checks, table)}"
        );
        return ExitCode.Done;
    }

    private static string Shares(CredentialChecks checks, IEnumerable<SpeedRow> table) =>
        "Share of the check in the processor time of the server for a submission: "
        + string.Join(
            ", ",
            table
                .Where(row => checks.Known.ContainsKey(row.Title))
                .Select(row =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.Title} {100 * checks.Known[row.Title] / row.Each.ServerMicros:0.0} %"
                    )
                )
        )
        + ".";
}
