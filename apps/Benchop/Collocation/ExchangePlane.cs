using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Exchange options in two dimensions. The coordinates are uncorrelated combinations of the log-prices a and b: x is (a
/// - b), so the kink of the payoff is a line of nodes, and y = (q a + p b) / (p + q) with p = s1^2 - rho s1 s2 and q =
/// s2^2 - rho s1 s2. Both are in units of their standard deviations. The price depends on y through a factor e^y; this
/// homogeneity is not used.
/// </summary>
internal static class ExchangePlane
{
    /// <summary>The distance from the spots to the ends of the y axis, in standard deviations.</summary>
    private const double ReachY = 2.5;

    /// <summary>The range of standard deviations for which the methods have been tested.</summary>
    private const double MinDeviation = 1e-3;

    private const double MaxDeviation = 1.25;

    private const double MaxDistance = 5;

    /// <summary>
    /// Maximum distance between neighbouring nodes in terms of the log-price. It is limited because the price grows
    /// exponentially with the log-price.
    /// </summary>
    private const double MaxLogSpacing = 0.25;

    public static string? Price(
        SpreadCall call,
        TwoAssetBlackScholes model,
        Points points,
        int intervals,
        IPlaneDiscretisation discretisation,
        Span<double> values
    )
    {
        var root = Math.Sqrt(call.Maturity);
        var covariance = model.Correlation * model.Volatility1 * model.Volatility2;
        var (first, second) = (model.Volatility1 * model.Volatility1, model.Volatility2 * model.Volatility2);
        var ratio = model.RatioVariance;
        var dx = Math.Sqrt(ratio) * root;
        if (!(dx is >= MinDeviation and <= MaxDeviation))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The standard deviation of ln(S1/S2) at maturity is {dx:G3}. This method supports {MinDeviation:G1} "
                    + $"to {MaxDeviation:G3}. Use a closed form."
            );

        var (p, q) = ((first - covariance) / ratio, (second - covariance) / ratio);
        var own = Math.Sqrt(first * second * Math.Max(0, 1 - (model.Correlation * model.Correlation)) / ratio) * root;
        if (!(Math.Max(own, Math.Sqrt(Math.Max(first, second)) * root) <= MaxDeviation))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The standard deviation of a log-price at maturity exceeds {MaxDeviation:G3}, the maximum that this "
                    + $"method supports. Use a closed form."
            );

        // The length of the y axis must not be zero, even if the assets are perfectly correlated.
        var dy = Math.Max(own, 0.2 * dx);
        var driftX = -0.5 * (first - second) * call.Maturity / dx;
        var driftY = -0.5 * ((q * first) + (p * second)) * call.Maturity / dy;
        var centre = 0.0;
        for (var i = 0; i < points.Count; i++)
            centre += Level(i) / points.Count;

        var (lowX, highX, lowY, highY) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < points.Count; i++)
        {
            var (x, y) = At(i);
            if (!(Math.Abs(x) <= MaxDistance))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"S1={points.Spots[i]:R} and S2={points.SecondSpots[i]:R} are {Figure.Of(Math.Abs(x), 1)} standard "
                        + $"deviations apart, in terms of ln(S1/S2). This method supports at most {MaxDistance}. Use a "
                        + $"closed form."
                );

            (lowX, highX) = (Math.Min(lowX, x), Math.Max(highX, x));
            (lowY, highY) = (Math.Min(lowY, y), Math.Max(highY, y));
        }

        var reach = GridReach.Double(intervals) + Math.Abs(driftX);
        (lowY, highY) = (lowY - ReachY - Math.Abs(driftY), highY + ReachY + Math.Abs(driftY));
        var rows = Math.Max(8, (intervals + 2) / 4);
        if (!((highY - lowY) * dy / rows <= MaxLogSpacing))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the nodes needed for these spots and volatilities would differ from "
                    + $"their neighbours by more than a factor of {Math.Exp(MaxLogSpacing):F2}. Increase the work "
                    + $"parameter, or price the spots one at a time."
            );

        var task = new PlaneTask
        {
            GradedX = LineNodes.Place(new NodeMap([0], [1]), lowX - reach, 0, highX + reach, intervals, false),
            GradedY = LineNodes.Place(new NodeMap([0], [4]), lowY, 0, highY, rows, false),
            Initial = (x, y) => Math.Max(0, Math.Exp((dy * y) + (p * dx * x)) - Math.Exp((dy * y) - (q * dx * x))),
            SlopeJump = y => dx * Math.Exp(dy * y),
            Coefficients = (_, _, end) =>
            {
                // At the ends of the y axis, the option price is assumed to be linear in the price level: u_yy = dy *
                // u_y.
                var diffusion = 0.5 * own * own / (dy * dy);
                return end
                    ? new(0.5, 0, 0, driftX, driftY + (diffusion * dy))
                    : new(0.5, 0, diffusion, driftX, driftY);
            },
        };
        task = discretisation.Adapt(task, intervals);
        if (PlaneSolver.Solve(task, discretisation, discretisation.Steps(intervals)) is not { } u)
            return LineSolver.Singular;

        for (var i = 0; i < points.Count; i++)
        {
            var (x, y) = At(i);
            values[i] = Math.Exp(centre) * PlaneSolver.Read(task, u, x, y);
        }

        return null;

        double Level(int i) => (q * Math.Log(points.Spots[i])) + (p * Math.Log(points.SecondSpots[i]));

        (double X, double Y) At(int i) =>
            (Math.Log(points.Spots[i] / points.SecondSpots[i]) / dx, (Level(i) - centre) / dy);
    }
}
