using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Runs;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>Describes how reliable the times of a run are.</summary>
/// <param name="Timed">The number of ranked cells; the medians are taken over these cells.</param>
/// <param name="HalfWidth">The median half-width of the 95 % confidence intervals, as a fraction of the time.</param>
/// <param name="WaitShare">The median fraction of the wall time during which a thread did not run.</param>
/// <param name="Unsteady">The number of cells whose interval stayed wider than 5 %.</param>
/// <param name="LoadAverage">The highest load average at the beginning of a cell; null if unknown.</param>
internal sealed record NoiseSummary(int Timed, double HalfWidth, double WaitShare, int Unsteady, double? LoadAverage)
{
    public static NoiseSummary Of(StoredRun run)
    {
        var timings = run.Results.Where(c => c.Met).Select(c => c.Timing).OfType<Timing>().ToList();
        return new NoiseSummary(
            timings.Count,
            Median(timings.Select(t => t.HalfWidth)),
            Median(timings.Select(t => t.WaitShare)),
            timings.Count(t => !t.Steady),
            run.Cells.Max(c => c.Answer.Machine?.LoadAverage)
        );
    }

    private static double Median(IEnumerable<double> values)
    {
        List<double> sorted = [.. values.Order()];
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }
}
