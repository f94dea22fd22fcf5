using System.Globalization;

namespace Headrace.Bench;

/// <summary>
/// The times of many identical steps: the broker's turns, the garbage-collection pauses within them, and the commits.
/// </summary>
internal sealed class StepTimes
{
    private readonly List<double> _turns = [];
    private readonly List<double> _pauses = [];
    private readonly List<double> _commits = [];

    public int Count => _turns.Count;

    public void Add(MeasuredCommand step)
    {
        _turns.Add(step.Turn.TotalMilliseconds);
        _pauses.Add(step.Pause.TotalMilliseconds);
        _commits.Add(step.Commit.TotalMilliseconds);
    }

    /// <summary>Returns a summary of the turns and one of the commits.</summary>
    public IEnumerable<StepSummary> Summarize(string name) =>
        [
            Summarize($"{name}, broker", [.. _turns.Zip(_pauses, (turn, pause) => Math.Max(0, turn - pause))]),
            Summarize($"{name}, broker with garbage collection", _turns),
            Summarize($"{name}, commit", _commits),
        ];

    private static StepSummary Summarize(string name, List<double> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0
            ? new StepSummary(name, 0, 0, 0, 0)
            : new StepSummary(
                name,
                sorted.Count,
                sorted[sorted.Count / 2],
                sorted[(int)(0.99 * (sorted.Count - 1))],
                sorted[^1]
            );
    }
}

/// <summary>The CPU times of steps in milliseconds: the median, the 99th percentile and the maximum.</summary>
internal sealed record StepSummary(string Step, int Steps, double Median, double Percentile99, double Longest)
{
    public static readonly IReadOnlyList<string> Headings = ["step", "steps", "median", "99 %", "longest"];

    public IReadOnlyList<string> ToRow() =>
        [
            Step,
            Steps.ToString("N0", CultureInfo.InvariantCulture),
            Milliseconds(Median),
            Milliseconds(Percentile99),
            Milliseconds(Longest),
        ];

    private static string Milliseconds(double time) => string.Create(CultureInfo.InvariantCulture, $"{time:0.00} ms");
}
