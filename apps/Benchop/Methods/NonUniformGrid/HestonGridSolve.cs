using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices European calls in Heston's model without operator splitting: one banded elimination is used for every step.
/// The grid is dense around the strike in price and near zero in variance. The scheme is of fourth order in price and
/// of second order in variance.
/// </summary>
internal static class HestonGridSolve
{
    private const int Interpolation = 6;

    /// <summary>The variance grid is dense below this fraction of its highest variance.</summary>
    private const double Dense = 0.1;

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
        var deviation = Math.Sqrt((model.LongVariance * time) + ((model.InitialVariance - model.LongVariance) * faded));
        var growth = Math.Exp(model.Rate * time);

        // In measurements with these two cut-offs, the error kept decreasing as n increased. The tails of ln F are
        // fatter than normal tails; those of v are exponential.
        var reach = Math.Exp(Math.Sqrt(4.3 * Math.Log(intervals)) * deviation);
        var low = call.Strike;
        var high = call.Strike;
        foreach (var spot in spots)
        {
            low = Math.Min(low, spot * growth);
            high = Math.Max(high, spot * growth);
        }

        if (EuropeanCallSolve.Unfit(low / reach, high * reach, deviation) is { } unfit)
            return unfit;

        var axis = new PriceAxis(GridLogSinh.Spanning(low / reach, call.Strike, high * reach, deviation, intervals));
        var steps = EuropeanCallSolve.Steps(intervals) + 2;
        foreach (var spot in spots)
        {
            var depth = Math.Max(0, Math.Log(call.Strike / (spot * growth)) / deviation);
            if (EuropeanCallSolve.Unresolved(axis.Grid, spot, growth, deviation, depth, intervals) is { } reason)
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var tail = 0.5 * model.VolOfVol * model.VolOfVol * faded;
        var variances = Variances(
            (1.2 * Math.Max(model.InitialVariance, model.LongVariance)) + (3 * Math.Log(intervals) * tail),
            Math.Max(8, intervals / 2)
        );
        var inner = variances.Length;
        var matrix = new GridBand(axis.Prices.Length * inner, (2 * inner) + 2);
        Assemble(matrix, axis, variances, model);
        var w = new double[matrix.Size];
        for (var i = 0; i < axis.Prices.Length; i++)
        {
            var start = Math.Max(0, axis.Prices[i] - call.Strike) / axis.Scale[i];
            w.AsSpan(i * inner, inner)
                .Fill(i == axis.Grid.Below ? start + (axis.Scale[i] * axis.Grid.Step / 12) : start);
        }

        if (BandMarch.March(matrix, [], time, steps, w) is { } failed)
            return failed;

        Read(w, axis, variances, model.InitialVariance, growth, spots, values);
        return null;
    }

    private static double[] Variances(double top, int count)
    {
        var variances = new double[count];
        var last = Math.Asinh(1 / Dense);
        for (var j = 0; j < count; j++)
            variances[j] = Dense * top * Math.Sinh(last * j / (count - 1));

        return variances;
    }

    private static void Assemble(GridBand matrix, PriceAxis axis, double[] v, Heston model)
    {
        var n = v.Length;
        var slope = new LineStencil(n);
        var motion = new LineStencil(n);
        for (var j = 1; j < n - 1; j++)
        {
            var down = v[j] - v[j - 1];
            var up = v[j + 1] - v[j];
            var diffusion = model.VolOfVol * model.VolOfVol * v[j];
            var drift = model.Reversion * (model.LongVariance - v[j]);
            var below = -up / (down * (down + up));
            var here = (up - down) / (down * up);
            var above = down / (up * (down + up));
            var mixed = model.Correlation * model.VolOfVol * v[j];
            (slope[j, -1], slope[j, 0], slope[j, 1]) = (mixed * below, mixed * here, mixed * above);
            motion[j, -1] = (diffusion / (down * (down + up))) + (drift * below);
            motion[j, 0] = (-diffusion / (down * up)) + (drift * here);
            motion[j, 1] = (diffusion / (up * (down + up))) + (drift * above);
        }

        // At v = 0 the equation itself is the boundary condition, with a one-sided first derivative. At the upper end
        // the second and mixed derivatives are dropped.
        var one = v[1];
        var two = v[2];
        var pull = model.Reversion * model.LongVariance;
        (motion[0, 0], motion[0, 1], motion[0, 2]) = (
            -pull * (one + two) / (one * two),
            pull * two / (one * (two - one)),
            -pull * one / (two * (two - one))
        );
        var last = model.Reversion * (model.LongVariance - v[n - 1]) / (v[n - 1] - v[n - 2]);
        (motion[n - 1, -1], motion[n - 1, 0]) = (-last, last);
        LineStencil.AddProduct(matrix, axis.Diffusion, LineStencil.Diagonal(v, 0));
        LineStencil.AddProduct(matrix, axis.Drift, slope);
        LineStencil.AddProduct(matrix, axis.Free(), motion);
    }

    private static void Read(
        double[] w,
        PriceAxis axis,
        double[] variances,
        double today,
        double growth,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var inner = variances.Length;
        Span<double> weights = stackalloc double[3 * Interpolation];
        var inVariance = new GridStencil(variances, today, weights);
        var line = new double[axis.Prices.Length];
        for (var i = 0; i < line.Length; i++)
            line[i] = axis.Scale[i] * inVariance.Value(w.AsSpan(i * inner, inner));

        for (var p = 0; p < spots.Length; p++)
            values[p] =
                new GridStencil(axis.Coordinates, axis.Grid.CoordinateOf(spots[p] * growth), weights).Value(line)
                / growth;
    }
}
