using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Finds the smallest work that meets the target: doubling brackets it, bisection closes in.</summary>
/// <remarks>
/// Errors fall with work but for ripples, so what is found meets the target and its neighbour below, or one a few steps
/// below, does not. If nothing meets
/// the target, the work of the smallest error seen is given.
/// </remarks>
internal sealed class Tuning(TimeProvider time, MeasureOptions options)
{
    public int SmallestWork(
        IPricingMethod method,
        Problem problem,
        IReadOnlyList<double> reference,
        CancellationToken cancellationToken
    )
    {
        var plan = method.Plan(problem);
        var started = time.GetTimestamp();
        (int Work, double Error) best = (plan.Default, double.PositiveInfinity);
        var low = plan.Least - 1;
        var high = plan.Least;
        var found = Meets(high);
        while (!found && high < plan.Most && !Late())
        {
            low = high;
            high = (int)Math.Min(plan.Most, 2L * high);
            found = Meets(high);
        }

        while (found && high - low > Math.Max(1, high / 32) && !Late())
        {
            var middle = low + ((high - low) / 2);
            (low, high) = Meets(middle) ? (low, middle) : (middle, high);
        }

        return found ? high : best.Work;

        bool Late() => time.GetElapsedTime(started).TotalSeconds > options.MostSeconds;

        bool Meets(int work)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = PricingRun.Price(method, problem, work);
            var error = answer.Refusal is null
                ? RelativeError.Of(answer.Values, reference).Error ?? double.PositiveInfinity
                : double.PositiveInfinity;
            best = error < best.Error ? (work, error) : best;
            return error <= options.Target;
        }
    }
}
