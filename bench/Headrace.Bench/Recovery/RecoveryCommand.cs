using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Recovery;

/// <summary>
/// <c>bench/run recovery</c>: measures how long a killed server takes to become available again, depending on the
/// number of jobs that it has to load.
/// </summary>
internal static class RecoveryCommand
{
    private static readonly Option<int[]> Jobs = new("--jobs")
    {
        Description = "One or more numbers of unfinished jobs in the store to measure. [default: 100000 1000000]",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "recovery",
            "Kill a server and measure each phase of its restart, with an empty store and with many unfinished jobs."
        )
        {
            Examples =
            [
                (
                    "bench/run recovery --jobs 100000",
                    "Fills a store, kills the server, and measures how long it takes to restart."
                ),
            ],
        };
        cliCommand.Add(Jobs);
        cliCommand.Add(Report);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("bench/run recovery reads memory usage from /proc, so it requires Linux.");
        var given = context.Value(Jobs) is { Length: > 0 } some ? some : [100_000, 1_000_000];
        var folder = Directory.CreateTempSubdirectory("headrace-recovery-").FullName;
        var runs = new List<RecoveryRun>();
        try
        {
            // The empty store is the baseline: it shows the time that every start takes.
            foreach (var jobs in given.Prepend(0))
            {
                context.WriteNote(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Filling a store with {jobs} jobs, killing its server, starting it again"
                    )
                );
                var place = Path.Combine(folder, jobs.ToString(CultureInfo.InvariantCulture));
                runs.Add(await RestartMeasure.RunAsync(place, jobs, stop));
                Directory.Delete(place, recursive: true);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        if (context.Json)
            foreach (var run in runs)
                context.Terminal.WriteLine(Format.Json(run, BenchJson.Default.RecoveryRun));
        else
            context.Terminal.WriteTable(Headings, runs.Select(Row));
        foreach (var missing in runs.Where(run => run.Found != run.Jobs))
            context.Terminal.WriteError(
                $"Only {missing.Found} of {missing.Jobs} jobs were in the store after the restart."
            );
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, Page(runs), stop);
        return runs.All(run => run.Found == run.Jobs) ? ExitCode.Done : ExitCode.JobFailed;
    }

    private static readonly IReadOnlyList<string> Headings =
    [
        "unfinished jobs",
        "loaded",
        "store",
        "start → port open",
        "→ all loaded",
        "whole start",
        "→ first ack",
        "resident",
        "peak",
    ];

    private static IReadOnlyList<string> Row(RecoveryRun run) =>
        [
            run.Jobs.ToString("N0", CultureInfo.InvariantCulture),
            run.Found.ToString("N0", CultureInfo.InvariantCulture),
            Format.Size(run.StoreBytes),
            Seconds(run.ToOpen),
            Seconds(run.ToLoaded),
            Seconds(run.Whole),
            Seconds(run.ToAcknowledgement),
            Format.Size(run.Resident),
            Format.Size(run.Peak),
        ];

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    private static string Page(IReadOnlyList<RecoveryRun> runs) =>
        $"""
            # `bench/run recovery`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run recovery --jobs {string.Join(
                ' ',
                runs.Skip(1).Select(run => run.Jobs.ToString(CultureInfo.InvariantCulture))
            )}`

            Each store is filled over HTTP with ready jobs (20 bytes of parameters, no body, no key). Its server is
            killed with SIGKILL and started again. The first row shows the time that every start takes. Loading begins
            shortly before the port opens.

            {MarkdownTable.Of(Headings, runs.Select(Row))}
            """;
}
