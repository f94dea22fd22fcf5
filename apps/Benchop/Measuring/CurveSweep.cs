using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Measures the error and the time of a method at a geometric sequence of work parameters. Error-time curves are drawn
/// from these measurements.
/// </summary>
internal sealed class CurveSweep(TimeProvider time, MeasureOptions options)
{
    // The sequence ranges from 1/16 of the cell's work to four times that work, in factors of two.
    private const int Halvings = 4;
    private const int Doublings = 2;

    /// <summary>
    /// The sequence ends when the next call is expected to exceed this multiple of the measuring time.
    /// </summary>
    private const double TimeFactor = 4;

    public IReadOnlyList<CurvePoint> Run(
        IPricingMethod method,
        Problem problem,
        WorkPlan plan,
        int centre,
        IReadOnlyList<double> reference,
        CancellationToken cancellationToken
    )
    {
        var points = new List<CurvePoint>();
        var values = new double[problem.Points.Count];
        var started = time.GetTimestamp();
        double last = 0;
        foreach (var work in Works(plan, centre))
        {
            var began = time.GetElapsedTime(started).TotalSeconds;
            if (began + (2 * last) > TimeFactor * options.MaxSeconds)
                break;

            var answer = PricingAnswer.Refused("The method did not run.");
            var first = CallTimer.RunOnce(time, () => answer = PricingRun.Price(method, problem, work, options.Seed));
            if (answer.Refusal is null && RelativeError.Of(answer.Values, reference).Error is { } error)
            {
                var timing = CallTimer.RunBriefly(
                    time,
                    first,
                    () => method.Price(problem, work, values),
                    cancellationToken
                );
                points.Add(new CurvePoint(work, error, timing.CpuMicroseconds, timing.WallMicroseconds));
            }

            last = time.GetElapsedTime(started).TotalSeconds - began;
        }

        return points;
    }

    private static IEnumerable<int> Works(WorkPlan plan, int centre) =>
        Enumerable
            .Range(-Halvings, Halvings + Doublings + 1)
            .Select(power => (int)Math.Clamp(Math.Round(centre * Math.Pow(2, power)), plan.Least, plan.Most))
            .Distinct();
}
