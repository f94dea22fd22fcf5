using System.Globalization;
using Headrace.Bench.Programs;
using Headrace.Bench.Speed;

namespace Headrace.Bench.Onnx;

/// <summary>A row of the <c>bench/run onnx</c> table, with its rounds.</summary>
internal sealed class OnnxRow(string title, LoadSpec spec, LoadProcess load)
{
    private readonly List<Measured> _rounds = [];
    private readonly List<double> _modelMicros = [];

    public LoadSpec Spec => spec;

    public async Task MeasureAsync(BenchServer server, int count, CancellationToken stop)
    {
        var before = ModelMicros();
        _rounds.Add(await server.RoundAsync(load, count, stop));
        _modelMicros.Add((ModelMicros() - before) / count);
    }

    public IReadOnlyList<string> Cells(OnnxRow noop) =>
        [
            .. SpeedPage.Row(SpeedRow.Of(title, _rounds)),
            Text("0.0", Percentiles.Of(_modelMicros).Median),
            // The rate of a paced load says nothing about the speed of the server.
            spec.Kind == LoadKinds.Paced ? "-" : Text("0.00", Percentiles.Of(RatiosTo(noop)).Median),
        ];

    private IEnumerable<double> RatiosTo(OnnxRow noop) =>
        _rounds.Zip(noop._rounds, (model, none) => none.Load.Seconds / model.Load.Seconds);

    /// <summary>Returns the CPU time of all processes that run models.</summary>
    private static double ModelMicros() => WarmProcesses.Of(OnnxMethods.Program).Sum(ProcessFacts.ProcessorMicros);

    private static string Text(string format, double number) => number.ToString(format, CultureInfo.InvariantCulture);
}
