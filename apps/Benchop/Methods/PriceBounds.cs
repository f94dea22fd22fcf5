using System.Globalization;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Bounds that hold in every arbitrage-free model, checked on all results. They detect gross failures (a truncated
/// Fourier range, an unstable scheme) and allow for ordinary discretisation error.
/// </summary>
internal static class PriceBounds
{
    /// <summary>
    /// The tolerance if the caller chose the work parameter. For prices, it is a fraction of the spot or the value,
    /// whichever is larger.
    /// </summary>
    public const double Wide = 0.01;

    /// <summary>
    /// The largest violation that rounding explains, as a fraction of the spot for prices and Vega. The sums of the
    /// transforms lose up to four of sixteen digits.
    /// </summary>
    private const double Rounding = 1e-12;

    /// <summary>
    /// Returns null if every value is finite and within its bounds; otherwise, returns a description of the first
    /// violation.
    /// </summary>
    public static string? Violation(Problem problem, ReadOnlySpan<double> values, double share)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var spot = problem.Points.Spots[i];
            if (!double.IsFinite(values[i]))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The formula overflows at S={spot:R} for these parameter values. Use another method."
                );

            var (low, high) = Of(problem, i);
            var allowance = problem.Quantity == Quantity.Price ? share * Math.Max(spot, Math.Abs(values[i])) : share;
            var outside = values[i] < low - allowance || values[i] > high + allowance;
            if (outside)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The result {values[i]:R} at S={spot:R} is outside the no-arbitrage bounds [{low:R}, "
                        + $"{high:R}]. Increase the work parameter or use another method."
                );
        }

        return null;
    }

    /// <summary>
    /// Moves values that are outside their bounds only by rounding to the bound, so that no price is negative because
    /// two numbers of the size of the spot were subtracted. A larger violation is not hidden: the value stays as it is.
    /// </summary>
    public static void Round(Problem problem, Span<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var (low, high) = Of(problem, i);
            var spot = problem.Points.Spots[i];
            var allowance =
                Rounding
                * problem.Quantity switch
                {
                    Quantity.Delta => 1,
                    Quantity.Gamma => 1 / spot,
                    _ => spot,
                };
            if (values[i] < low && values[i] >= low - allowance)
                values[i] = low;
            else if (values[i] > high && values[i] <= high + allowance)
                values[i] = high;
        }
    }

    private static (double Low, double High) Of(Problem problem, int point)
    {
        var spot = problem.Points.Spots[point];
        var discount = Math.Exp(-problem.Model.Rate * problem.Contract.Maturity);
        return (problem.Quantity, problem.Contract) switch
        {
            (Quantity.Delta, _) => (0, 1),
            (Quantity.Gamma or Quantity.Vega, _) => (0, double.MaxValue),
            // A dividend lowers the forward, so the usual lower bound of a European call does not hold.
            (_, EuropeanCall c) => (
                problem.Model is Models.DividendBlackScholes ? 0 : Math.Max(0, spot - (c.Strike * discount)),
                spot
            ),
            (_, AmericanCall c) => (Math.Max(0, spot - c.Strike), spot),
            (_, AmericanPut p) => (Math.Max(0, p.Strike - spot), p.Strike * Math.Max(1, discount)),
            (_, UpAndOutCall c) => (0, Math.Max(0, c.Barrier - c.Strike) * Math.Max(1, discount)),
            (_, SpreadCall) => (Math.Max(0, spot - problem.Points.SecondSpots[point]), spot),
            _ => (double.MinValue, double.MaxValue),
        };
    }
}
