using System.Diagnostics;
using System.Globalization;
using Headrace.Bench.Speed;
using Headrace.Commands;
using Headrace.Core;

namespace Headrace.Bench.Programs;

/// <summary>
/// <c>bench/run commands</c>: measures the rate at which the complete service runs jobs that each start a process, and
/// compares it with <c>xargs -P</c>. Rounds of the two alternate, so that other load on the machine affects both
/// equally.
/// </summary>
internal static class CommandsBench
{
    private const int DefaultCount = 4_000;

    private const string About =
        "Each job runs `/bin/true` as a process, with a scratch folder, pipes for both outputs and a durable record. "
        + "The jobs are submitted in batches and timed from the first request to the last stored result. Each turn "
        + "measures one round of `xargs` and one of the service. `to xargs` is the median, over all turns, of the "
        + "service's rate divided by the rate of xargs, which runs as many processes in parallel as the service has "
        + "workers. CPU times do not include the programs.";

    public static Command Create()
    {
        var cliCommand = new CliCommand("commands", "Measure the rate of jobs that each run a process.")
        {
            Examples =
            [
                ("bench/run commands", "Alternates between rounds of xargs -P 2 /bin/true and rounds of the service."),
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
        var report = new SpeedReport(settings, "commands", About);
        using var methods = await ProgramMethods.CreateAsync(stop);
        await using var server = await BenchServer.StartAsync(settings, methods.Folder);
        var load = await server.LoadAsync(
            new LoadSpec(LoadKinds.Protobuf, 1) { Method = ProgramMethods.True, BodyBytes = 0 }
        );
        // Runs one uncounted round of each.
        await load.RoundAsync(count, stop);
        await XargsAsync(settings.Workers, count, stop);
        var (rounds, ratios, rates) = (new List<Measured>(), new List<double>(), new List<double>());
        for (var round = 0; round < settings.Rounds; round++)
        {
            context.WriteNote($"Round {round + 1} of {settings.Rounds}");
            var xargs = await XargsAsync(settings.Workers, count, stop);
            rounds.Add(await server.RoundAsync(load, count, stop));
            rates.Add(xargs);
            ratios.Add(rounds[^1].Load.Count / rounds[^1].Load.Seconds / xargs);
        }
        var row = SpeedRow.Of("a process per job", rounds);
        var alone = Percentiles.Of(rates);
        IReadOnlyList<IReadOnlyList<string>> lines =
        [
            [.. SpeedPage.Row(row), Percentiles.Of(ratios).Median.ToString("0.00", CultureInfo.InvariantCulture)],
            [
                $"xargs -P {settings.Workers}",
                string.Create(CultureInfo.InvariantCulture, $"{alone.Median:N0} ({alone.Min:N0}–{alone.Max:N0})"),
                "-",
                "-",
                "-",
                "-",
                "-",
                "1.00",
            ],
        ];
        IReadOnlyList<string> headings = [.. SpeedPage.Headings, "to xargs"];
        await report.WriteAsync(context, await server.ServerGcAsync(stop), headings, lines, stop);
        return ExitCode.Done;
    }

    /// <summary>Returns the number of processes per second that xargs runs.</summary>
    private static async Task<double> XargsAsync(int parallel, int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var xargs = Process.Start(
            "/bin/sh",
            ["-c", string.Create(CultureInfo.InvariantCulture, $"seq {count} | xargs -P {parallel} -n 1 /bin/true")]
        );
        await xargs.WaitForExitAsync(stop);
        return xargs.ExitCode == 0
            ? count / TimeProvider.System.GetElapsedTime(began).TotalSeconds
            : throw new HeadraceException("xargs could not run. Install the findutils package.");
    }
}
