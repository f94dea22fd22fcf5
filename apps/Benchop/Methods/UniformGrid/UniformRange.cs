using System.Globalization;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// The extent of a uniform grid. The grid covers the spots and the line K e^{-r tau} along which the kink of the payoff
/// moves. Its end values are those of an option without time value. The ends are c standard deviations away from the
/// line, so the error of the end values is about exp(-c^2/2) = n^-2, which is no more than the error of the scheme.
/// </summary>
internal readonly record struct UniformRange(double Low, double Step, int Nodes, int StrikeNode)
{
    /// <summary>
    /// Above this estimated relative error, the grid does not resolve the price, and the method returns no price.
    /// </summary>
    private const double MaxLoss = 0.02;

    /// <param name="kept">
    /// The fraction of the spot that remains after dividends: 1 - D, or 1 without a dividend. The line ends at K /
    /// kept.
    /// </param>
    /// <param name="deviation">Standard deviation of ln S over the time to maturity, as a function of the spot.</param>
    /// <param name="barrier">
    /// The barrier; infinity if there is none. A barrier within reach is the last node of the grid.
    /// </param>
    public static UniformRange Around(
        double strike,
        double rate,
        double maturity,
        double kept,
        Func<double, double> deviation,
        double barrier,
        ReadOnlySpan<double> spots,
        int intervals
    )
    {
        var discounted = strike * Math.Exp(-rate * maturity);
        var low = Math.Min(strike, discounted);
        var high = Math.Max(strike, discounted) / kept;
        var c = GridReach.Double(intervals);
        low = Travel(low, -c, deviation);
        high = Travel(high, c, deviation);
        foreach (var spot in spots)
        {
            low = Math.Min(low, spot);
            high = Math.Max(high, spot);
        }

        var step = (high - low) / intervals;

        // Beyond the layer around the strike, the option is worth its intrinsic value, unless the spot may drift to a
        // barrier.
        double top = 0;
        foreach (var spot in spots)
            top = Math.Max(top, spot);

        var reached =
            !double.IsPositiveInfinity(barrier)
            && barrier <= Travel(top * Math.Max(1, strike / discounted), c, deviation);
        if (reached || barrier <= high + step)
        {
            // The strike and the barrier are both nodes, so their distance is a whole number of steps.
            var between = Math.Max(2, (int)Math.Round((barrier - strike) * intervals / (barrier - low)));
            step = (barrier - strike) / between;
            var under = Math.Min((int)Math.Ceiling((strike - low) / step), (int)Math.Floor(strike / step));
            return new(strike - (under * step), step, under + between + 1, under);
        }

        var below = Math.Min((int)Math.Ceiling((strike - low) / step) + 2, (int)Math.Floor(strike / step));
        var above = (int)Math.Ceiling((high - strike) / step) + 2;
        return new(strike - (below * step), step, below + above + 1, below);
    }

    /// <summary>
    /// Returns null if the nodes resolve the layer around the strike and the spots beyond it, and central differences
    /// do not oscillate; otherwise, returns the reason why the grid is too coarse.
    /// </summary>
    /// <param name="sign">
    /// 1 for a call, which is out of the money below the strike; -1 for a put, which is out of the money above it.
    /// </param>
    /// <param name="growth">Growth of the spot to its forward at maturity, net of dividends.</param>
    public string? Unresolved(
        double strike,
        double sign,
        double growth,
        double rate,
        double deviation,
        double variance,
        ReadOnlySpan<double> spots,
        int intervals
    )
    {
        var spacing = Step / (strike * deviation);
        var loss = GridReach.SecondOrderLoss(0, spacing);
        foreach (var spot in spots)
        {
            var depth = Math.Max(0, sign * Math.Log(strike / (spot * growth)) / deviation);
            loss = Math.Max(
                loss,
                depth == 0 ? 0 : GridReach.SecondOrderLoss(depth, Step / (Math.Min(spot, strike) * deviation))
            );
        }

        if (!(loss < MaxLoss))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} equal intervals, the nodes at the strike are {Figure.Of(spacing, 2)} standard "
                    + $"deviations apart. This is too coarse, at least for spots this far out of the money. Increase "
                    + $"the work parameter, or use a graded grid."
            );

        var lean = Math.Abs(rate) * Step / (variance * strike);
        return lean <= 1
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the drift between two nodes is {Figure.Of(lean, 1)} times the "
                    + $"diffusion, so central differences oscillate. Increase the work parameter, or use a graded "
                    + $"grid."
            );
    }

    private static double Travel(double spot, double deviations, Func<double, double> deviation)
    {
        var left = Math.Abs(deviations);
        while (left > 0)
        {
            var stride = Math.Min(0.5, left);
            spot *= Math.Exp(Math.Sign(deviations) * stride * deviation(spot));
            left -= stride;
        }

        return spot;
    }
}
