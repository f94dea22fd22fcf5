using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// American puts as functions of the price S = K e^{d z}, where d is the standard deviation of ln S. The lowest node is
/// in the exercise region.
/// </summary>
internal static class AmericanPutLine
{
    /// <summary>
    /// The largest drift of ln S over the life of the option, in standard deviations. With a larger drift, finite
    /// differences on nodes with this spacing oscillate.
    /// </summary>
    private const double MaxDrift = 4;

    public static string? Price(
        AmericanPut put,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        if (LineChecks.Deviation(deviation) is { } unfit)
            return unfit;

        // Below the boundary of the perpetual put, exercise is optimal at any maturity.
        var variance = model.Volatility * model.Volatility;
        var perpetual = model.Rate <= 0 ? 0 : put.Strike * 2 * model.Rate / ((2 * model.Rate) + variance);
        var drift = ((model.Rate * put.Maturity) - (0.5 * deviation * deviation)) / deviation;
        var reach = GridReach.Single(intervals);
        double low = 0;
        double high = 0;
        var waits = false;
        foreach (var spot in spots)
        {
            if (spot <= perpetual)
                continue;

            waits = true;
            var z = Math.Log(spot / put.Strike) / deviation;
            if (LineChecks.Spot(spot, -z - Math.Max(0, drift)) is not null)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"S={spot:R} is {Figure.Of(Math.Abs(z), 1)} standard deviations from the strike, which is too far "
                        + $"for this method. Use the 'alo' method."
                );

            (low, high) = (Math.Min(low, z), Math.Max(high, z));
        }

        if (!waits)
        {
            for (var i = 0; i < spots.Length; i++)
                values[i] = put.Strike - spots[i];

            return null;
        }

        if (!(Math.Abs(drift) <= MaxDrift))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The drift of ln S over the life of the option is {Figure.Of(Math.Abs(drift), 1)} standard "
                    + $"deviations. This method supports at most {MaxDrift}. Use the 'alo' method."
            );

        low -= reach + Math.Abs(drift);
        if (perpetual > 0)
            low = Math.Max(low, (Math.Log(perpetual / put.Strike) / deviation) - 0.1);

        var rate = model.Rate * put.Maturity;
        var bottom = put.Strike * Math.Exp(deviation * low);
        var task = new LineTask
        {
            Low = low,
            High = high + reach + Math.Abs(drift),
            SlopeJump = put.Strike * deviation,
            LayerWidth = Math.Clamp(-low, 0.05, 1),
            Duration = 1,
            Initial = Exercised,
            Floor = Exercised,
            LowValue = rate < 0 ? time => (put.Strike * Math.Exp(-rate * time)) - bottom : null,
            Coefficients = (_, _, operation) =>
            {
                Array.Fill(operation.Curvature, 0.5);
                Array.Fill(operation.Slope, drift);
                Array.Fill(operation.Level, -rate);
            },
        };
        if (discretisation.Build(task, intervals) is not { } space)
            return LineSolver.Singular;

        var steps = Math.Max(12, intervals / 6);
        foreach (var spot in spots)
        {
            var z = Math.Log(spot / put.Strike) / deviation;
            if (
                spot > perpetual
                && LineChecks.Spacing(space.Nodes, spot, Math.Min(0, -z), 2, intervals) is { } coarse
            )
                return coarse;

            steps = Math.Max(steps, GridReach.StepsFor(Math.Max(0, z)));
        }

        if (LineSolver.Solve(task, space, steps) is not { } u)
            return LineSolver.Singular;

        Read(put, space.Nodes, u, deviation, spots, values);
        return null;

        double Exercised(double z) => Math.Max(0, put.Strike - (put.Strike * Math.Exp(deviation * z)));
    }

    private static void Read(
        AmericanPut put,
        double[] nodes,
        double[] u,
        double deviation,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        Span<double> weights = stackalloc double[12];
        for (var i = 0; i < spots.Length; i++)
        {
            var exercised = put.Strike - spots[i];
            var z = Math.Log(spots[i] / put.Strike) / deviation;
            if (z <= nodes[0])
            {
                values[i] = exercised;
                continue;
            }

            // Interpolation between exercised nodes reproduces the exercise value only approximately, so the exact
            // value is used.
            var stencil = new GridStencil(nodes, z, weights);
            var region = true;
            for (var k = stencil.First; k < stencil.First + 4; k++)
                region &= u[k] <= put.Strike * (1 + 1e-13 - Math.Exp(deviation * nodes[k]));

            values[i] = region ? exercised : Math.Max(stencil.Value(u), exercised);
        }
    }
}
