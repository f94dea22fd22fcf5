using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Bench.SlowDisk;

/// <summary>
/// Implements <c>bench/run slow-disk</c>, which checks that a server keeps its workers, notices a silent one, and
/// answers waiting requests on time even though every commit is slow.
/// </summary>
internal static class SlowDiskCommand
{
    private static readonly TimeSpan DefaultLength = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(30);

    /// <summary>The time that every commit takes.</summary>
    public static readonly TimeSpan CommitTime = TimeSpan.FromSeconds(1.1);

    private static readonly Option<TimeSpan?> For = Options.Duration("--for", "Duration of the load. [default: 10m]");
    private static readonly Option<TimeSpan?> Lease = Options.Duration(
        "--lease",
        "The lease of the server. [default: 30s]"
    );
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "slow-disk",
            "Run a server under load while every sync of its disk takes 1.1 s. The exit code is 1 if an active worker "
                + "loses its leases, or if the server is late in detecting an unresponsive worker or in replying to a "
                + "waiting request."
        )
        {
            Examples = [("bench/run slow-disk --for 2m", "Measures for two minutes. Requires gcc.")],
        };
        foreach (var option in new Option[] { For, Lease, Report })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        if (!Directory.Exists("/proc/self"))
            throw new UsageException("bench/run slow-disk preloads a library into the server, so it requires Linux.");
        var (length, lease) = (context.Value(For) ?? DefaultLength, context.Value(Lease) ?? DefaultLease);
        // The run must be long enough for at least one lease to expire.
        if (length < lease * 2)
            throw new UsageException(
                $"--for {DurationText.ToText(length)} is too short. Specify at least twice the lease duration of "
                    + $"{DurationText.ToText(lease)}."
            );
        var folder = Directory.CreateTempSubdirectory("headrace-slow-disk-").FullName;
        var counts = await new SlowDiskRun(folder, length, CommitTime, lease).RunAsync(stop);
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(counts, BenchJson.Default.SlowDiskCounts));
        else
            context.Terminal.WriteTable(Headings, Rows(counts));
        foreach (var broken in counts.Broken)
            context.Terminal.WriteError($"Guarantee violated: {broken}.");
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, Page(counts, folder), stop);
        if (counts.Broken.Count > 0)
        {
            context.WriteNote($"The log and the store are kept in {folder}");
            return ExitCode.JobFailed;
        }
        Directory.Delete(folder, recursive: true);
        return ExitCode.Done;
    }

    private static readonly IReadOnlyList<string> Headings = ["", "value"];

    private static IEnumerable<IReadOnlyList<string>> Rows(SlowDiskCounts counts) =>
        [
            ["duration", Text(counts.Seconds, "s")],
            ["every commit takes at least", Text(counts.CommitSeconds, "s")],
            ["lease", Text(counts.Lease, "s")],
            ["jobs acknowledged", counts.Submitted.ToString("N0", CultureInfo.InvariantCulture)],
            ["jobs completed", counts.Completed.ToString("N0", CultureInfo.InvariantCulture)],
            ["working workers whose leases expired", counts.LostWorkers.ToString(CultureInfo.InvariantCulture)],
            ["silent workers", counts.Expiries.Count.ToString(CultureInfo.InvariantCulture)],
            ["their leases expired after", Range(counts.Expiries)],
            [
                $"waits of {SlowDiskRun.Wait.TotalSeconds} s",
                counts.Excesses.Count.ToString(CultureInfo.InvariantCulture),
            ],
            ["answered late by", Range(counts.Excesses)],
            ["slowest request that needs no commit", $"{counts.SlowestRequest * 1_000:0} ms"],
        ];

    private static string Range(IReadOnlyList<double> values) =>
        values.Count == 0
            ? "–"
            : string.Create(CultureInfo.InvariantCulture, $"{values.Min():0.0} s to {values.Max():0.0} s");

    private static string Text(double value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {unit}");

    private static string Page(SlowDiskCounts counts, string folder) =>
        $"""
            # `bench/run slow-disk`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(folder)}")}

            A server under load from 66 senders, with two local workers, on a disk whose every sync of the write-ahead
            log takes {Text(counts.CommitSeconds, "s")} longer than usual. One worker after another joins, asks for a
            job, and falls silent.

            {MarkdownTable.Of(Headings, Rows(counts))}
            """;
}
