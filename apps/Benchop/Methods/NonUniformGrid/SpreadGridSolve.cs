using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices exchange options by fourth-order finite differences in both forward prices, without operator splitting. Both
/// axes have the same graded nodes, so the kink of the payoff passes through nodes. The homogeneity of the payoff is
/// not used.
/// </summary>
internal static class SpreadGridSolve
{
    private const int Interpolation = 6;

    public static string? Price(
        SpreadCall call,
        TwoAssetBlackScholes model,
        Points points,
        int intervals,
        Span<double> values
    )
    {
        var growth = Math.Exp(model.Rate * call.Maturity);
        var root = Math.Sqrt(call.Maturity);
        var spread = Math.Sqrt(model.RatioVariance) * root;
        var smallest = Math.Min(spread, Math.Min(model.Volatility1, model.Volatility2) * root);
        var widest = Math.Max(model.Volatility1, model.Volatility2) * root;
        var low = double.MaxValue;
        double high = 0;
        double depth = 0;
        for (var p = 0; p < points.Count; p++)
        {
            var s1 = points.Spots[p];
            var s2 = points.SecondSpots[p];
            low = Math.Min(low, Math.Min(s1, s2));
            high = Math.Max(high, Math.Max(s1, s2));
            depth = Math.Max(depth, Math.Log(s2 / s1) / spread);
        }

        // Uses the same cut-off as the alternating-direction method, because truncating the domain affects the value at
        // the corners of the domain that lie on the diagonal.
        var reach = Math.Exp(Math.Sqrt(3.2 * Math.Log(intervals)) * widest);
        var centre = Math.Sqrt(low * high) * growth;
        low *= growth / reach;
        high *= growth * reach;
        if (EuropeanCallSolve.Unfit(low, high, smallest) is { } unfit)
            return unfit;

        var grid = GridLogSinh.Spanning(low, centre, high, 2 * widest, intervals);
        var spacing = grid.Width * grid.Step;
        if (!(spacing < 0.7 * smallest && GridReach.FourthOrderLoss(depth, spacing / spread) < 0.05))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the node spacing is {Figure.Of(spacing / smallest, 2)} standard "
                    + $"deviations of the least volatile of S1, S2 and S1/S2. This is too coarse. Increase the work "
                    + $"parameter. If the two assets are almost perfectly correlated, use a closed form."
            );

        var axis = new PriceAxis(grid);
        var n = axis.Prices.Length;
        var matrix = new GridBand(n * n, (2 * n) + 2);
        var free = axis.Free();
        Add(matrix, model.Volatility1 * model.Volatility1, axis.Diffusion, free);
        Add(matrix, model.Volatility2 * model.Volatility2, free, axis.Diffusion);
        Add(matrix, model.Correlation * model.Volatility1 * model.Volatility2, axis.Drift, axis.Drift);
        var w = Payoff(axis);
        var steps = Math.Max(EuropeanCallSolve.Steps(intervals), GridReach.StepsFor(depth));
        if (BandMarch.March(matrix, [], call.Maturity, steps, w) is { } failed)
            return failed;

        Read(w, axis, growth, points, values);
        return null;
    }

    private static void Add(GridBand matrix, double factor, LineStencil outer, LineStencil inner)
    {
        var scaled = new LineStencil(outer.Nodes);
        for (var i = 0; i < outer.Nodes; i++)
            for (var a = -LineStencil.Reach; a <= LineStencil.Reach; a++)
                scaled[i, a] = factor * outer[i, a];

        LineStencil.AddProduct(matrix, scaled, inner);
    }

    /// <summary>Returns the sampled payoff. The outer index belongs to S1.</summary>
    private static double[] Payoff(PriceAxis axis)
    {
        var n = axis.Prices.Length;
        var w = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
                w[(i * n) + j] = (axis.Prices[i] - axis.Prices[j]) / (axis.Scale[i] * axis.Scale[j]);

            // Sampling a function with a kink introduces an error of -h/12 times the jump in its slope with respect to
            // y. For V, the jump is F' = scale^2. Since W = V / scale^2, the jump is 1 for W.
            w[(i * n) + i] = axis.Grid.Step / 12;
        }

        return w;
    }

    private static void Read(double[] w, PriceAxis axis, double growth, Points points, Span<double> values)
    {
        var n = axis.Prices.Length;
        Span<double> weights = stackalloc double[6 * Interpolation];
        var outer = weights[..(3 * Interpolation)];
        for (var p = 0; p < points.Count; p++)
        {
            var y1 = axis.Grid.CoordinateOf(points.Spots[p] * growth);
            var y2 = axis.Grid.CoordinateOf(points.SecondSpots[p] * growth);
            var along1 = new GridStencil(axis.Coordinates, y1, outer);
            var along2 = new GridStencil(axis.Coordinates, y2, weights[(3 * Interpolation)..]);
            double sum = 0;
            for (var k = 0; k < Interpolation; k++)
                sum += outer[k] * along2.Value(w.AsSpan((along1.First + k) * n, n));

            values[p] = sum * Scale(axis, y1) * Scale(axis, y2) / growth;
        }
    }

    private static double Scale(PriceAxis axis, double y) =>
        Math.Sqrt(axis.Grid.Centre * Math.Exp(axis.Grid.Width * Math.Sinh(y)) * axis.Grid.Width * Math.Cosh(y));
}
