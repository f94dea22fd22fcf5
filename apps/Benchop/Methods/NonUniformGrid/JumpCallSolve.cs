using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices European calls in Merton's model: V_t = 1/2 s^2 F^2 V_FF - lambda xi F V_F + lambda (E[V(F e^Y)] - V). The
/// trapezoidal rule in y turns the expectation into a full matrix. The error of this rule is negligible because the
/// density is smooth, provided that the nodes resolve it. The expectation is treated implicitly like the other terms:
/// with the few dozen nodes that are needed, one elimination costs less than an iteration.
/// </summary>
internal static class JumpCallSolve
{
    private const int Interpolation = 8;

    public static string? Price(
        EuropeanCall call,
        Merton model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var growth = Math.Exp(model.Rate * call.Maturity);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var c = GridReach.Double(intervals);
        var jumps = model.Intensity * call.Maturity;
        var total = Math.Sqrt(
            (deviation * deviation)
                + (jumps * ((model.JumpMean * model.JumpMean) + (model.JumpDeviation * model.JumpDeviation)))
        );
        var jumping = jumps > 0;

        // A path can move far from the strike in two ways: by diffusion and a single large jump, or by many jumps.
        var upward = jumping
            ? Math.Max(c * total, (c * deviation) + Math.Max(0, (c * model.JumpDeviation) - model.JumpMean))
            : c * deviation;
        var downward = jumping
            ? Math.Max(c * total, (c * deviation) + Math.Max(0, (c * model.JumpDeviation) + model.JumpMean))
            : c * deviation;
        var drift = Math.Abs(jumps * model.MeanJump);
        var low = call.Strike;
        var high = call.Strike;
        foreach (var spot in spots)
        {
            low = Math.Min(low, spot * growth);
            high = Math.Max(high, spot * growth);
        }

        low /= Math.Exp(downward + drift);
        high *= Math.Exp(upward + drift);
        if (EuropeanCallSolve.Unfit(low, high, deviation) is { } unfit)
            return unfit;

        var axis = new PriceAxis(GridLogSinh.Spanning(low, call.Strike, high, deviation, intervals));
        if (Unresolved(axis, model, jumping, total, deviation, growth, call.Strike, spots, intervals) is { } reason)
            return reason;

        var n = axis.Prices.Length;
        var matrix = new GridBand(n, jumping ? n - 1 : LineStencil.Reach);
        var source = new double[n];
        Assemble(matrix, source, axis, call, model);
        var w = new double[n];
        for (var j = 0; j < n; j++)
            w[j] = Math.Max(0, axis.Prices[j] - call.Strike) / axis.Scale[j];

        var centre = axis.Grid.Below;
        w[centre] += axis.Scale[centre] * axis.Grid.Step / 12;
        var steps = EuropeanCallSolve.Steps(intervals) + (int)Math.Min(10_000, Math.Ceiling(jumps));
        if (BandMarch.March(matrix, source, call.Maturity, steps, w) is { } failed)
            return failed;

        for (var j = 0; j < n; j++)
            w[j] *= axis.Scale[j];

        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var i = 0; i < spots.Length; i++)
            values[i] =
                new GridStencil(axis.Coordinates, axis.Grid.CoordinateOf(spots[i] * growth), weights).Value(w) / growth;

        return null;
    }

    private static string? Unresolved(
        PriceAxis axis,
        Merton model,
        bool jumping,
        double total,
        double deviation,
        double growth,
        double strike,
        ReadOnlySpan<double> spots,
        int intervals
    )
    {
        foreach (var spot in spots)
        {
            var y = axis.Grid.CoordinateOf(spot * growth);
            var spacing = axis.Grid.Width * Math.Cosh(y) * axis.Grid.Step;
            var depth = Math.Max(0, Math.Log(strike / (spot * growth)) / total);
            if (GridReach.FourthOrderLoss(depth, spacing / total) > 0.05 || axis.Grid.Step > 0.8)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"With {intervals} intervals, the spacing of the nodes around S={spot:R} is "
                        + $"{Figure.Of(spacing / deviation, 2)} standard deviations of the diffusion, which is too "
                        + $"coarse to resolve the price. Increase the work parameter."
                );

            // With step s, the trapezoidal rule integrates a normal density with standard deviation d with an error of
            // about 2 exp(-2 pi^2 d^2 / s^2).
            if (jumping && model.JumpDeviation < 0.9 * spacing)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Nodes spaced {spacing:G3} apart in ln S do not resolve jumps with a standard deviation of "
                        + $"{model.JumpDeviation:G3}. Increase the work parameter, or use the 'series' method."
                );
        }

        return null;
    }

    /// <summary>
    /// Assembles the matrix with E[V(F e^Y)] = sum of weights * (V - payoff) + E[payoff(F e^Y)]. The last term is
    /// exact, and V - payoff vanishes at both ends of the grid. The kink of the payoff adds h^2/12 times the jump in
    /// its slope to the sum, as in the other solvers.
    /// </summary>
    private static void Assemble(GridBand matrix, double[] source, PriceAxis axis, EuropeanCall call, Merton model)
    {
        var n = axis.Prices.Length;
        var diffusion = axis.Diffusion;
        var variance = model.Volatility * model.Volatility;
        var lean = -model.Intensity * model.MeanJump;
        for (var i = 0; i < n; i++)
            for (var a = -LineStencil.Reach; a <= LineStencil.Reach; a++)
                if (i + a >= 0 && i + a < n)
                    matrix[i, i + a] += (variance * diffusion[i, a]) + (lean * axis.Drift[i, a]);

        if (model.Intensity == 0)
            return;

        var h = axis.Grid.Step;
        var d = model.JumpDeviation;
        var peak = 1 / (d * Math.Sqrt(2 * Math.PI));
        var logs = new double[n];
        for (var j = 0; j < n; j++)
            logs[j] = Math.Log(axis.Prices[j]);

        var meanFactor = Math.Exp(model.JumpMean + (0.5 * d * d));
        for (var i = LineStencil.Reach; i < n - LineStencil.Reach; i++)
        {
            Cancellation.Check();
            var x = logs[i];
            double paid = 0;
            for (var j = 0; j < n; j++)
            {
                var z = (logs[j] - x - model.JumpMean) / d;
                var weight = h * axis.LogSlopes[j] * peak * Math.Exp(-0.5 * z * z);
                matrix[i, j] += model.Intensity * weight * axis.Scale[j] / axis.Scale[i];
                paid += weight * Math.Max(0, axis.Prices[j] - call.Strike);
            }

            matrix[i, i] -= model.Intensity;
            var atKink = (Math.Log(call.Strike) - x - model.JumpMean) / d;
            var slope = axis.LogSlopes[axis.Grid.Below];
            var kink = h * h / 12 * call.Strike * slope * slope * peak * Math.Exp(-0.5 * atKink * atKink);
            var exact = Black.Call(axis.Prices[i] * meanFactor, call.Strike, d);
            source[i] = model.Intensity * (exact - paid - kink) / axis.Scale[i];
        }
    }
}
