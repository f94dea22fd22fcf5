using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>
/// <c>bench/run idle</c>: what a server and its workers cost when nobody wants anything of them.
/// </summary>
internal static class IdleBench
{
    private const int JobsBefore = 5_000;

    /// <summary>
    /// The runtime goes on compiling what the jobs have warmed for some twenty seconds; that is no rest yet.
    /// </summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var verb = new Verb("idle", "Measure processor time and memory of an idle server and its workers.")
        {
            Examples = [("bench/run idle", "Runs 5,000 jobs, rests, then watches for 20 s.")],
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

            {JobsBefore:N0} no-op jobs, a rest of {Settle.TotalSeconds:0} s, then watched for {Watched.TotalSeconds:0} s. Resident memory is the proportional one: a page that several processes share counts a part for each.

            {MarkdownTable.Of(headings, [row])}
            """
        );
}
