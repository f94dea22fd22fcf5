using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary><c>bench/run idle</c>: processor time and memory of a server and its workers without work.</summary>
internal static class IdleBench
{
    private const int JobsBefore = 5_000;

    /// <summary>
    /// After the jobs, the runtime compiles the code that they used for about twenty seconds. This delay excludes that.
    /// </summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var verb = new Verb("idle", "Measure processor time and memory of an idle server and its workers.")
        {
            Examples = [("bench/run idle", "Runs 5,000 jobs, waits 30 s, then measures for 20 s.")],
        };
        foreach (var option in SpeedSettings.All)
            verb.Add(option);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(call);
        await using var stand = await Stand.StartAsync(settings);
        await (await stand.LoadAsync(new LoadOrder(LoadKinds.Jsonl, 1))).RoundAsync(JobsBefore, stop);
        await Task.Delay(Settle, stop);
        var before = stand.ProcessorMicros;
        await Task.Delay(Watched, stop);
        var share = (stand.ProcessorMicros - before) / Watched.TotalMicroseconds;
        IReadOnlyList<string> headings = ["row", "of one core", "resident"];
        IReadOnlyList<string> row =
        [
            $"server and {settings.Workers} workers",
            share.ToString("0.00 %", CultureInfo.InvariantCulture),
            Show.Size(stand.Resident),
        ];
        call.Terminal.Table(headings, [row]);
        if (call.Value(SpeedSettings.Report) is { } report)
            await File.WriteAllTextAsync(report, Page(settings, headings, row), stop);
        return ExitCode.Done;
    }

    private static string Page(SpeedSettings settings, IReadOnlyList<string> headings, IReadOnlyList<string> row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # `bench/run idle`

            {ThisMachine.Date}, {ThisMachine.Words(settings.Parent)}

            {JobsBefore:N0} no-op jobs, a wait of {Settle.TotalSeconds:0} s, then measured for {Watched.TotalSeconds:0}
            s. Resident memory is proportional: a page that several processes share counts in equal parts for each.

            {MarkdownTable.Of(headings, [row])}
            """
        );
}
