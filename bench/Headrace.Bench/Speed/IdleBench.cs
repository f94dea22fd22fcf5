using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary><c>bench/run idle</c>: measures the CPU time and memory of an idle server and its workers.</summary>
internal static class IdleBench
{
    private const int JobsBefore = 5_000;

    /// <summary>
    /// After the jobs, the runtime spends about twenty seconds compiling the code that they used. This delay excludes
    /// that time from the measurement.
    /// </summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var cliCommand = new CliCommand("idle", "Measure the CPU time and memory of an idle server and its workers.")
        {
            Examples = [("bench/run idle", "Runs 5,000 jobs, waits 30 s, then measures for 20 s.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        await using var benchServer = await BenchServer.StartAsync(settings);
        await (await benchServer.LoadAsync(new LoadSpec(LoadKinds.Jsonl, 1))).RoundAsync(JobsBefore, stop);
        await Task.Delay(SettleTime, stop);
        var before = benchServer.ProcessorMicros;
        await Task.Delay(Watched, stop);
        var share = (benchServer.ProcessorMicros - before) / Watched.TotalMicroseconds;
        IReadOnlyList<string> headings = ["row", "of one core", "resident"];
        IReadOnlyList<string> row =
        [
            $"server and {settings.Workers} workers",
            share.ToString("0.00 %", CultureInfo.InvariantCulture),
            Format.Size(benchServer.Resident),
        ];
        context.Terminal.WriteTable(headings, [row]);
        if (context.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(report, Page(settings, headings, row), stop);
        return ExitCode.Done;
    }

    private static string Page(SpeedSettings settings, IReadOnlyList<string> headings, IReadOnlyList<string> row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # `bench/run idle`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(settings.Parent)}")}

            After {JobsBefore:N0} no-op jobs and a wait of {SettleTime.TotalSeconds:0} s, measured for
            {Watched.TotalSeconds:0} s. Resident memory is proportional: a page that several processes share is
            divided equally among them.

            {MarkdownTable.Of(headings, [row])}
            """
        );
}
