using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// European calls as functions of the forward price F = K e^{d z}, where d is the standard deviation of ln F: u_t =
/// 1/2 u_zz - 1/2 d u_z for t from 0 to 1, without drift or discounting.
/// </summary>
internal static class ForwardCall
{
    /// <summary>
    /// Above this deviation, the call is large and steep at the upper end. The put is therefore computed instead, and
    /// the call follows from put-call parity.
    /// </summary>
    private const double MaxCallDeviation = 0.5;

    /// <summary>The widest range of nodes on one side of the strike, in standard deviations at the strike.</summary>
    private const double MaxRange = 30;

    /// <param name="kept">The fraction of the price that remains after dividends.</param>
    public static string? BlackScholes(
        EuropeanCall call,
        BlackScholes model,
        double kept,
        Quantity quantity,
        ReadOnlySpan<double> spots,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var growth = kept * Math.Exp(model.Rate * call.Maturity);
        if (LineChecks.Deviation(deviation) is { } unfit)
            return unfit;

        var reach = GridReach.Double(intervals);
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            var z = Math.Log(spot * growth / call.Strike) / deviation;
            if (LineChecks.Spot(spot, z) is { } far)
                return far;

            (low, high) = (Math.Min(low, z), Math.Max(high, z));
        }

        var task = Task(call.Strike, deviation, low - reach, high + reach, 1);
        if (discretisation.Build(task, intervals) is not { } space)
            return LineSolver.Singular;

        if (Steps(call.Strike, growth, deviation, spots, space, intervals, discretisation, out var steps) is { } coarse)
            return coarse;

        var discount = Math.Exp(-model.Rate * call.Maturity);
        if (quantity != Quantity.Vega)
            return Solve(task, quantity, spots, values);

        var bump = new VolatilityBump(model.Volatility);
        var lower = new double[spots.Length];
        var reason =
            Solve(Task(call.Strike, deviation, task.Low, task.High, Square(bump.Down)), Quantity.Price, spots, lower)
            ?? Solve(Task(call.Strike, deviation, task.Low, task.High, Square(bump.Up)), Quantity.Price, spots, values);
        bump.Differentiate(lower, values);
        return reason;

        double Square(double volatility) => volatility * volatility / (model.Volatility * model.Volatility);

        string? Solve(LineTask solved, Quantity wanted, ReadOnlySpan<double> at, Span<double> results)
        {
            if (LineSolver.Solve(solved, space, steps) is not { } u)
                return LineSolver.Singular;

            Read(space.Nodes, u, call.Strike, deviation, growth, discount, wanted, at, results);
            return null;
        }
    }

    public static string? OnSurface(
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var seen = spots[0];
        var maturity = call.Maturity;
        var paths = new SurfaceReach(model, seen, maturity);
        var deviation = paths.Deviation(call.Strike);
        var growth = Math.Exp(model.Rate * maturity);
        if (LineChecks.Deviation(deviation) is { } unfit)
            return unfit;

        var (low, high) = (call.Strike, call.Strike);
        foreach (var spot in spots)
        {
            var here = Math.Min(deviation, paths.Deviation(spot * growth));
            if (LineChecks.Spot(spot, Math.Log(spot * growth / call.Strike) / here) is { } far)
                return far;

            (low, high) = (Math.Min(low, spot * growth), Math.Max(high, spot * growth));
        }

        var reach = GridReach.Double(intervals);
        var bottom = Math.Log(paths.Travel(low, -reach) / call.Strike) / deviation;
        var top = Math.Log(paths.Travel(high, reach) / call.Strike) / deviation;
        if (!(bottom > -MaxRange && top < MaxRange))
            return "The local volatility in the wings is so high that the nodes would have to cover more than "
                + $"{MaxRange} standard deviations on one side of the strike. Use a shorter maturity, or the 'fdnu' "
                + "method.";

        // The steps are equal in the square root of calendar time s, in which a surface of implied variances is smooth:
        // dt/ds = 2s. At today's date, s = 0, L vanishes; a small positive s keeps the matrix regular.
        var root = Math.Sqrt(maturity);
        var task = Task(call.Strike, deviation, bottom, top, 1) with
        {
            Duration = root,
            Autonomous = false,
            Coefficients = (nodes, time, operation) =>
            {
                var s = Math.Max(root - time, 1e-9 * root);
                var discount = Math.Exp(-model.Rate * (maturity - (s * s)));
                for (var k = 0; k < nodes.Length; k++)
                {
                    var price = call.Strike * Math.Exp(deviation * nodes[k]) * discount;
                    var rate = s * model.Variance(seen, price, s * s);
                    operation.Curvature[k] = rate / (deviation * deviation);
                    operation.Slope[k] = -rate / deviation;
                }
            },
        };
        if (discretisation.Build(task, intervals) is not { } space)
            return LineSolver.Singular;

        if (Steps(call.Strike, growth, deviation, spots, space, intervals, discretisation, out var steps) is { } coarse)
            return coarse;

        if (LineSolver.Solve(task, space, steps) is not { } u)
            return LineSolver.Singular;

        Read(
            space.Nodes,
            u,
            call.Strike,
            deviation,
            growth,
            Math.Exp(-model.Rate * maturity),
            Quantity.Price,
            spots,
            values
        );
        return null;
    }

    /// <param name="scale">
    /// The square of the ratio between the volatility and the volatility that defines the deviation.
    /// </param>
    private static LineTask Task(double strike, double deviation, double low, double high, double scale) =>
        new()
        {
            Low = low,
            High = high,
            SlopeJump = strike * deviation,
            Duration = 1,
            Initial = deviation > MaxCallDeviation
                ? z => Math.Max(0, strike - (strike * Math.Exp(deviation * z)))
                : z => Math.Max(0, (strike * Math.Exp(deviation * z)) - strike),
            Coefficients = (_, _, operation) =>
            {
                Array.Fill(operation.Curvature, 0.5 * scale);
                Array.Fill(operation.Slope, -0.5 * scale * deviation);
            },
        };

    private static string? Steps(
        double strike,
        double growth,
        double deviation,
        ReadOnlySpan<double> spots,
        ILineSpace space,
        int intervals,
        ILineDiscretisation discretisation,
        out int steps
    )
    {
        steps = discretisation.Steps(intervals);
        foreach (var spot in spots)
        {
            var z = Math.Log(spot * growth / strike) / deviation;
            if (LineChecks.Spacing(space.Nodes, spot, z, discretisation.Order, intervals) is { } coarse)
                return coarse;

            steps = Math.Max(steps, GridReach.StepsFor(Math.Max(0, -z)));
        }

        return null;
    }

    private static void Read(
        double[] nodes,
        double[] u,
        double strike,
        double deviation,
        double growth,
        double discount,
        Quantity quantity,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var put = deviation > MaxCallDeviation;
        var reading = new LineReading(nodes, u, strike, deviation);
        for (var i = 0; i < spots.Length; i++)
        {
            var forward = spots[i] * growth;
            var value = reading.At(forward, quantity);
            values[i] = quantity switch
            {
                Quantity.Delta => discount * growth * (value + (put ? 1 : 0)),
                Quantity.Gamma => discount * growth * growth * value,
                _ => discount * (value + (put ? forward - strike : 0)),
            };
        }
    }
}
