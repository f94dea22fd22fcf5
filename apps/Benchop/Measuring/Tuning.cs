using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Finds the smallest work parameter that meets the target, by doubling followed by bisection.</summary>
/// <remarks>
/// The error tends to decrease as the work parameter increases, but not monotonically. The value found is therefore not
/// always the smallest: it meets the target, and a value slightly below it does not, but some even smaller value might.
/// If no value meets the target, the one with the smallest error is returned. The search ends early if the next call is
/// expected to exceed the time limit.
/// </remarks>
internal sealed class Tuning(TimeProvider time, MeasureOptions options)
{
    /// <summary>The CPU time for the search, as a multiple of the measuring time.</summary>
    private const double TimeFactor = 4;

    /// <summary>
    /// The wall time for the search, as a multiple of its CPU time. With this limit, the result rarely depends on the
    /// load of a shared machine.
    /// </summary>
    private const double WallFactor = 5;

    public int SmallestWork(
        IPricingMethod method,
        Problem problem,
        IReadOnlyList<double> reference,
        CancellationToken cancellationToken
    )
    {
        var plan = method.Plan(problem);
        var started = time.GetTimestamp();
        var cpuStarted = ThreadCpuClock.Seconds();
        double last = 0;
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

        // A call with twice the work usually takes at least twice as long.
        bool Late()
        {
            var limit = TimeFactor * options.MaxSeconds;
            return ThreadCpuClock.Seconds() - cpuStarted + (2 * last) > limit
                || time.GetElapsedTime(started).TotalSeconds > WallFactor * limit;
        }

        bool Meets(int work)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = ThreadCpuClock.Seconds();
            var answer = PricingRun.Price(method, problem, work, options.Seed);
            last = ThreadCpuClock.Seconds() - began;
            var error = answer.Refusal is null ? RelativeError.OfAnswer(answer, reference) : double.PositiveInfinity;
            best = error < best.Error ? (work, error) : best;
            return error <= options.Target;
        }
    }
}
