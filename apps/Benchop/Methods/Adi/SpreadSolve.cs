using System.Buffers;
using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Prices exchange options by finite differences in both prices. The homogeneity of the payoff (price = S2 times a
/// function of S1/S2) is not used, so the same code could price any payoff on two assets.
/// </summary>
internal static class SpreadSolve
{
    private const int Interpolation = 6;

    /// <summary>
    /// The largest allowed grid, in nodes. At this size a solve takes about one gigabyte of memory and several minutes.
    /// </summary>
    private const double MaxNodes = 4e6;

    public static string? Price(
        SpreadCall call,
        TwoAssetBlackScholes model,
        Points points,
        int intervals,
        Span<double> values
    )
    {
        var growth = model.Rate * call.Maturity;
        var root = Math.Sqrt(call.Maturity);

        // Truncating the domain mainly affects the value near the corner on the diagonal, where both prices are
        // extreme. With this reach, the truncation error was smaller than the error of the scheme in all measurements
        // up to n = 400.
        var reach = Math.Sqrt(3.2 * Math.Log(intervals));
        var (low1, high1) = Range(points.Spots, growth, reach * model.Volatility1 * root);
        var (low2, high2) = Range(points.SecondSpots, growth, reach * model.Volatility2 * root);
        var step = Math.Max(high1 - low1, high2 - low2) / intervals;
        var deviation = Math.Sqrt(model.RatioVariance) * root;
        var smallest = Math.Min(deviation, Math.Min(model.Volatility1, model.Volatility2) * root);
        double depth = 0;
        for (var i = 0; i < points.Count; i++)
            depth = Math.Max(depth, Math.Log(points.SecondSpots[i] / points.Spots[i]) / deviation);

        if (!(step < 0.7 * smallest && GridReach.FourthOrderLoss(depth, step / deviation) < 0.05))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the node spacing is {Figure.Of(step / smallest, 2)} standard deviations "
                    + $"of the least volatile of S1, S2 and S1/S2. This is too coarse. Increase the work parameter. If "
                    + $"the two assets are almost perfectly correlated, use a closed form."
            );

        // Both axes use the same spacing and offset, so the kink S1 = S2 passes through nodes.
        var first1 = (int)Math.Floor(low1 / step) - 1;
        var first2 = (int)Math.Floor(low2 / step) - 1;
        var columns = (int)Math.Ceiling(high1 / step) + 2 - first1;
        var rows = (int)Math.Ceiling(high2 / step) + 2 - first2;
        if ((double)columns * rows > MaxNodes)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The grid would have {columns} x {rows} nodes, more than the limit of {MaxNodes:G1}. The volatilities "
                    + $"differ too much or the points are too far apart for a single grid."
            );

        var a = new SpreadOperator(model, columns, rows, step);
        var rented = ArrayPool<double>.Shared.Rent(a.Count + CraigSneyd.ExtrapolatedScratchSize(a.Count));
        var w = rented.AsSpan(0, a.Count);
        w.Clear();
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                var apart = (i + first1 - j - first2) * step;

                // Sampling a function with a kink introduces an error of -step/12 times the jump in its slope. For W
                // this jump is 1 (Kreiss, Thomee and Widlund 1970).
                w[(j * a.Padded) + i] =
                    apart > 0 ? 2 * Math.Sinh(0.5 * apart)
                    : apart == 0 ? step / 12
                    : 0;
            }

        CraigSneyd.MarchExtrapolated(
            a,
            call.Maturity,
            Math.Max(Math.Max(4, intervals / 6), GridReach.StepsFor(depth)),
            w,
            rented.AsSpan(a.Count)
        );
        Read(w, a.Padded, columns, rows, first1, first2, step, growth, points, values);
        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    private static void Read(
        ReadOnlySpan<double> w,
        int padded,
        int columns,
        int rows,
        int first1,
        int first2,
        double step,
        double growth,
        Points points,
        Span<double> values
    )
    {
        Span<double> weights = stackalloc double[6 * Interpolation];
        var along1 = weights[..(3 * Interpolation)];
        var along2 = weights[(3 * Interpolation)..];
        var nodes1 = new double[columns];
        var nodes2 = new double[rows];
        for (var i = 0; i < columns; i++)
            nodes1[i] = (i + first1) * step;

        for (var j = 0; j < rows; j++)
            nodes2[j] = (j + first2) * step;

        for (var p = 0; p < points.Count; p++)
        {
            var x = Math.Log(points.Spots[p]) + growth;
            var y = Math.Log(points.SecondSpots[p]) + growth;
            var stencil1 = new GridStencil(nodes1, x, along1);
            var stencil2 = new GridStencil(nodes2, y, along2);
            double sum = 0;
            for (var j = 0; j < Interpolation; j++)
                sum += along2[j] * stencil1.Value(w.Slice((stencil2.First + j) * padded, columns));

            values[p] = Math.Sqrt(points.Spots[p] * points.SecondSpots[p]) * sum;
        }
    }

    private static (double Low, double High) Range(ReadOnlySpan<double> spots, double growth, double reach)
    {
        var low = double.MaxValue;
        var high = double.MinValue;
        foreach (var spot in spots)
        {
            low = Math.Min(low, Math.Log(spot));
            high = Math.Max(high, Math.Log(spot));
        }

        return (low + growth - reach, high + growth + reach);
    }
}
