using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Up-and-out calls as functions of the price S = K e^{d z}, where d is the standard deviation of ln S. The highest
/// node is the barrier, where the value is zero.
/// </summary>
internal static class BarrierCall
{
    /// <summary>
    /// The largest drift of ln S over the life of the option, in standard deviations. With a larger drift, finite
    /// differences on nodes with this spacing oscillate.
    /// </summary>
    private const double MaxDrift = 2.5;

    /// <summary>The smallest distance between strike and barrier that is supported, in standard deviations.</summary>
    private const double MinRoom = 0.05;

    public static string? Price(
        UpAndOutCall call,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        if (LineChecks.Deviation(deviation) is { } unfit)
            return unfit;

        var drift = ((model.Rate * call.Maturity) - (0.5 * deviation * deviation)) / deviation;
        var barrier = Math.Log(call.Barrier / call.Strike) / deviation;
        var reach = GridReach.Double(intervals);
        double low = 0;
        double high = 0;
        foreach (var spot in spots)
        {
            var z = Math.Log(spot / call.Strike) / deviation;
            (low, high) = (Math.Min(low, z), Math.Max(high, z));
        }

        // No path that contributes noticeably to the price reaches a barrier this far above the strike and the spots.
        if (barrier > Math.Max(high, 0) + (1.5 * reach) + Math.Max(0, drift))
            return ForwardCall.BlackScholes(
                new EuropeanCall(call.Strike, call.Maturity),
                model,
                1,
                Quantity.Price,
                spots,
                intervals,
                discretisation,
                values
            );

        if (!(Math.Abs(drift) <= MaxDrift))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The drift of ln S over the life of the option is {Figure.Of(Math.Abs(drift), 1)} standard "
                    + $"deviations. This method supports at most {MaxDrift}. Use a closed form."
            );

        if (!(barrier >= MinRoom))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The barrier is only {barrier:F3} standard deviations above the strike. This method requires at least "
                    + $"{MinRoom}. Use a closed form."
            );

        var task = new LineTask
        {
            Low = low - reach - Math.Abs(drift),
            High = barrier,
            SlopeJump = call.Strike * deviation,
            Barrier = true,
            LayerWidth = Math.Min(1, barrier),
            Duration = 1,
            Initial = z => Math.Max(0, (call.Strike * Math.Exp(deviation * z)) - call.Strike),
            Coefficients = (_, _, operation) =>
            {
                Array.Fill(operation.Curvature, 0.5);
                Array.Fill(operation.Slope, drift);
                Array.Fill(operation.Level, -model.Rate * call.Maturity);
            },
        };
        if (discretisation.Build(task, intervals) is not { } space)
            return LineSolver.Singular;

        var steps = discretisation.Steps(intervals) * 3 / 2;
        foreach (var spot in spots)
        {
            var z = (Math.Log(spot / call.Strike) / deviation) + Math.Min(0, drift);
            if (
                (
                    LineChecks.Spot(spot, z)
                    ?? LineChecks.Spacing(space.Nodes, spot, z, discretisation.Order, intervals)
                ) is
                { } reason
            )
                return reason;

            steps = Math.Max(steps, GridReach.StepsFor(Math.Max(0, -z)));
        }

        if (LineSolver.Solve(task, space, steps) is not { } u)
            return LineSolver.Singular;

        var reading = new LineReading(space.Nodes, u, call.Strike, deviation);
        for (var i = 0; i < spots.Length; i++)
            values[i] = reading.At(spots[i], Quantity.Price);

        return null;
    }
}
