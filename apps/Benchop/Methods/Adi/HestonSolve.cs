using System.Buffers;
using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Prices European calls in Heston's model by finite differences in price and variance. One backward solve prices all
/// spots.
/// </summary>
internal static class HestonSolve
{
    private const int Interpolation = 6;

    /// <summary>The variance grid is dense below this fraction of its highest variance.</summary>
    private const double Dense = 0.1;

    /// <summary>
    /// The largest allowed grid, in nodes. At this size a solve takes about one gigabyte of memory and several minutes.
    /// </summary>
    private const double MaxNodes = 4e6;

    public static string? Price(
        EuropeanCall call,
        Heston model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var time = call.Maturity;
        var faded = (1 - Math.Exp(-model.Reversion * time)) / model.Reversion;
        var variance = (model.LongVariance * time) + ((model.InitialVariance - model.LongVariance) * faded);
        var deviation = Math.Sqrt(variance);
        var growth = model.Rate * time;
        var strike = Math.Log(call.Strike);
        var low = strike;
        var high = strike;
        foreach (var spot in spots)
        {
            low = Math.Min(low, Math.Log(spot) + growth);
            high = Math.Max(high, Math.Log(spot) + growth);
        }

        // In measurements with these two cut-offs, the error kept decreasing as n increased. The tails of x are fatter
        // than normal tails; those of v are exponential.
        var reach = Math.Sqrt(4.3 * Math.Log(intervals));
        low -= reach * deviation;
        high += reach * deviation;
        var step = (high - low) / intervals;
        double depth = 0;
        foreach (var spot in spots)
            depth = Math.Max(depth, (strike - Math.Log(spot) - growth) / deviation);

        if (!(step < 0.7 * deviation && GridReach.FourthOrderLoss(depth, step / deviation) < 0.05))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {intervals} intervals, the nodes are {Figure.Of(step / deviation, 2)} standard deviations "
                    + $"apart and the lowest spot is {Figure.Of(depth, 1)} standard deviations out of the money. "
                    + $"This grid is too coarse. Increase the work parameter."
            );

        var below = (int)Math.Ceiling((strike - low) / step) + 2;
        var columns = below + (int)Math.Ceiling((high - strike) / step) + 3;

        // The density of v_T decays like exp(-v / tail).
        var tail = 0.5 * model.VolOfVol * model.VolOfVol * faded;
        var top = (1.2 * Math.Max(model.InitialVariance, model.LongVariance)) + (3 * Math.Log(intervals) * tail);
        var rows = Math.Max(8, intervals / 2);
        if (!((double)rows * columns < MaxNodes))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The grid would have {columns} x {rows} nodes, more than the limit of {MaxNodes:G1}. Decrease the "
                    + $"work parameter."
            );

        var variances = new double[rows];
        var width = Dense * top;
        var last = Math.Asinh(top / width);
        for (var j = 0; j < rows; j++)
            variances[j] = width * Math.Sinh(last * j / (rows - 1));

        var a = new HestonOperator(model, variances, columns, step);
        var rented = ArrayPool<double>.Shared.Rent(a.Count + CraigSneyd.ExtrapolatedScratchSize(a.Count));
        var w = rented.AsSpan(0, a.Count);
        w.Clear();
        for (var i = 0; i < columns; i++)
        {
            var apart = (i - below) * step;
            // Sampling a function with a kink introduces an error of -step/12 times the jump in its slope. For W /
            // sqrt(K) this jump is 1 (Kreiss, Thomee and Widlund 1970).
            w[i] =
                apart > 0 ? 2 * Math.Sinh(0.5 * apart)
                : apart == 0 ? step / 12
                : 0;
        }

        for (var j = 1; j < rows; j++)
            w[..a.Padded].CopyTo(w[(j * a.Padded)..]);

        CraigSneyd.MarchExtrapolated(
            a,
            time,
            Math.Max(Math.Max(4, intervals / 5), GridReach.StepsFor(depth)),
            w,
            rented.AsSpan(a.Count)
        );
        Read(w, a.Padded, variances, model.InitialVariance, step, below, columns, call.Strike, growth, spots, values);
        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    private static void Read(
        ReadOnlySpan<double> w,
        int padded,
        ReadOnlySpan<double> variances,
        double today,
        double step,
        int below,
        int columns,
        double strike,
        double growth,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        Span<double> weights = stackalloc double[6 * Interpolation];
        var alongVariance = weights[(3 * Interpolation)..];
        var inVariance = new GridStencil(variances, today, alongVariance);
        var nodes = new double[columns];
        for (var i = 0; i < columns; i++)
            nodes[i] = (i - below) * step;

        for (var p = 0; p < spots.Length; p++)
        {
            var x = Math.Log(spots[p] / strike) + growth;
            var inPrice = new GridStencil(nodes, x, weights[..(3 * Interpolation)]);
            double sum = 0;
            for (var j = 0; j < Interpolation; j++)
                sum += alongVariance[j] * inPrice.Value(w.Slice((inVariance.First + j) * padded, columns));

            values[p] = Math.Exp(-growth) * strike * Math.Exp(0.5 * x) * sum;
        }
    }
}
