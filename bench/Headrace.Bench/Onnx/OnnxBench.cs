using Headrace.Bench.Speed;
using Headrace.Commands;

namespace Headrace.Bench.Onnx;

/// <summary>
/// <c>bench/run onnx</c>: measures how fast a model scores rows through the service, compared with a C# method that
/// does nothing. The rows of the table are measured in turn on one server.
/// </summary>
internal static class OnnxBench
{
    private const int BatchedCount = 100_000;
    private const int PacedSeconds = 5;
    private const int PerSecond = 1_000;

    private const string About =
        "A tree ensemble of 100 trees of depth 6 scores one row of 15 features per job, submitted as JSON params that "
        + "the server validates. The first two rows submit jobs in batches of 1,000 and are timed from the first "
        + "request to the last stored result; `to no-op` is the median, over all turns, of the rate divided by that of "
        + "a C# method that does nothing. The other rows submit 1,000 jobs per second, one per request; the latency of "
        + "a request is the time from its submission until the result of its job is stored and has been received. The "
        + "CPU time of the processes that run the model is in a separate column.";

    private static readonly LoadSpec NoOp = new(LoadKinds.Jsonl, 4);
    private static readonly LoadSpec PacedNoOp = new(LoadKinds.Paced, 0) { PerSecond = PerSecond };

    private static readonly (string Title, LoadSpec Load)[] Rows =
    [
        ("no-op, batches of 1,000", NoOp),
        ("model, batches of 1,000", NoOp with { Method = OnnxMethods.Batched, Params = OnnxMethods.Row }),
        ("no-op, 1,000 per second", PacedNoOp),
        ("model, 1,000 per second", PacedNoOp with { Method = OnnxMethods.AtOnce, Params = OnnxMethods.Row }),
    ];

    public static Command Create()
    {
        var cliCommand = new CliCommand("onnx", "Measure the rate and the latency of jobs that a model scores.")
        {
            Examples = [("bench/run onnx", "Alternates between rounds of a model and rounds of a no-op.")],
        };
        foreach (var option in SpeedSettings.All)
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var settings = SpeedSettings.Of(context);
        var report = new SpeedReport(settings, "onnx", About);
        using var methods = await OnnxMethods.CreateAsync(stop);
        await using var server = await BenchServer.StartAsync(settings, methods.Folder);
        var all = new List<OnnxRow>();
        foreach (var (title, spec) in Rows)
        {
            var load = await server.LoadAsync(spec);
            await load.RoundAsync(CountOf(spec, settings), stop);
            all.Add(new OnnxRow(title, spec, load));
        }
        for (var round = 0; round < settings.Rounds; round++)
        {
            context.WriteNote($"Round {round + 1} of {settings.Rounds}");
            foreach (var row in all)
                await row.MeasureAsync(server, CountOf(row.Spec, settings), stop);
        }
        IReadOnlyList<IReadOnlyList<string>> lines = [.. all.Select(row => row.Cells(noop: all[0]))];
        IReadOnlyList<string> headings = [.. SpeedPage.Headings, "µs CPU per job: model", "to no-op"];
        await report.WriteAsync(context, await server.ServerGcAsync(stop), headings, lines, stop);
        return ExitCode.Done;
    }

    private static int CountOf(LoadSpec spec, SpeedSettings settings) =>
        settings.Count ?? (spec.Kind == LoadKinds.Paced ? PacedSeconds * PerSecond : BatchedCount);
}
