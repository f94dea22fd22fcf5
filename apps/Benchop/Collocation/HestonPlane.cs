using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// European calls under Heston as functions of the forward price F = K e^{d x}, where d is a typical standard deviation
/// of ln F, and of the variance y.
/// </summary>
internal static class HestonPlane
{
    private const double MinDeviation = 0.01;

    private const double MaxDeviation = 0.8;

    private const double MaxDepth = 4;

    /// <summary>
    /// The distance from the larger of V0 and theta to the highest variance, in standard deviations of the square root
    /// of the variance.
    /// </summary>
    private const double ReachY = 5;

    public static string? Price(
        EuropeanCall call,
        Heston model,
        ReadOnlySpan<double> spots,
        int intervals,
        IPlaneDiscretisation discretisation,
        Span<double> values
    )
    {
        // The mean variance over the life of the option.
        var speed = model.Reversion * call.Maturity;
        var weight = speed < 1e-8 ? 1 : (1 - Math.Exp(-speed)) / speed;
        var mean = model.LongVariance + ((model.InitialVariance - model.LongVariance) * weight);
        var deviation = Math.Sqrt(mean * call.Maturity);
        var span = Math.Min(call.Maturity, 0.5 / model.Reversion);
        var wander = 0.5 * model.VolOfVol * Math.Sqrt(span);
        var top = Math.Sqrt(Math.Max(model.InitialVariance, model.LongVariance)) + (ReachY * wander);
        if (!(deviation is >= MinDeviation and <= MaxDeviation))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The standard deviation of ln S at maturity is {deviation:G3}. This method supports {MinDeviation:G1} "
                    + $"to {MaxDeviation:G1}. Use the 'cos' or 'quadrature' method."
            );

        // With little randomness, the variance would be confined to a layer that is thinner than the node spacing.
        if (!(wander >= 0.1 * Math.Sqrt(mean) && wander <= 2 * Math.Sqrt(mean)))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The standard deviation of the volatility at maturity is {wander / Math.Sqrt(mean):G2} times the "
                    + $"volatility. This method supports 0.1 to 2. Use the 'cos' or 'quadrature' method."
            );

        var growth = Math.Exp(model.Rate * call.Maturity);
        var (low, high) = (0.0, 0.0);
        foreach (var spot in spots)
        {
            var x = Math.Log(spot * growth / call.Strike) / deviation;
            if (!(x >= -MaxDepth && x <= 2 * MaxDepth))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The forward price for S={spot:R} is {Figure.Of(Math.Abs(x), 1)} standard deviations "
                        + $"{(x < 0 ? "below" : "above")} the strike. This method supports at most {MaxDepth} below "
                        + $"and {2 * MaxDepth} above. Use the 'cos' or 'quadrature' method."
                );

            (low, high) = (Math.Min(low, x), Math.Max(high, x));
        }

        var years = call.Maturity;
        var rows = Math.Max(10, intervals * 3 / 5);
        var reach = GridReach.Double(intervals) * Math.Max(1, 0.6 * top / Math.Sqrt(mean));
        var task = new PlaneTask
        {
            GradedX = LineNodes.Place(new NodeMap([0], [1]), low - reach, 0, high + reach, intervals, false),
            GradedY = LineNodes.Place(new NodeMap([0], [0.5 * Math.Sqrt(mean) * top]), 0, 0, top * top, rows, false),
            Initial = (x, _) => Math.Max(0, (call.Strike * Math.Exp(deviation * x)) - call.Strike),
            SlopeJump = _ => call.Strike * deviation,
            Coefficients = (_, v, end) =>
                new(
                    0.5 * v * years / (deviation * deviation),
                    model.Correlation * model.VolOfVol * v * years / deviation,
                    // At zero variance, there is no diffusion. At the highest variance, the price is assumed to be
                    // linear in the variance.
                    end ? 0 : 0.5 * model.VolOfVol * model.VolOfVol * v * years,
                    -0.5 * v * years / deviation,
                    model.Reversion * (model.LongVariance - v) * years
                ),
        };
        task = discretisation.Adapt(task, intervals);
        if (PlaneSolver.Solve(task, discretisation, discretisation.Steps(intervals)) is not { } u)
            return LineSolver.Singular;

        for (var i = 0; i < spots.Length; i++)
            values[i] =
                PlaneSolver.Read(
                    task,
                    u,
                    Math.Log(spots[i] * growth / call.Strike) / deviation,
                    model.InitialVariance
                ) / growth;

        return null;
    }
}
