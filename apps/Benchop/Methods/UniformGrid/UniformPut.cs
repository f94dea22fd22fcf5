using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// Prices American puts on uniform grids by Crank-Nicolson with Brennan and Schwartz's direct solution of each step.
/// </summary>
internal static class UniformPut
{
    private const int Interpolation = 4;

    public static string? Price(
        AmericanPut put,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        var range = UniformRange.Around(
            put.Strike,
            model.Rate,
            put.Maturity,
            1,
            _ => deviation,
            double.PositiveInfinity,
            spots,
            intervals
        );
        var coarse = range.Unresolved(
            put.Strike,
            -1,
            Math.Min(1, Math.Exp(model.Rate * put.Maturity)),
            model.Rate,
            deviation,
            model.Volatility * model.Volatility,
            spots,
            intervals
        );
        if (coarse is { } reason)
            return reason;

        var march = new UniformMarch(range.Low, range.Step, range.Nodes, model.Rate);
        for (var j = 0; j < range.Nodes; j++)
            march.Values[j] = Math.Max(0, put.Strike - march.Spots[j]);

        // See UniformCall.Payoff.
        march.Values[range.StrikeNode] = range.Step / 12;
        var low = march.Spots[0];
        march.MarchAbove(
            UniformMarch.Graded(0, put.Maturity, UniformCall.Steps(intervals)),
            put.Strike,
            (_, _) => model.Volatility * model.Volatility,
            tau => (Math.Max(put.Strike, put.Strike * Math.Exp(-model.Rate * tau)) - low, 0)
        );
        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var i = 0; i < spots.Length; i++)
        {
            var continued = new GridStencil(march.Spots, spots[i], weights).Value(march.Values);
            var paid = put.Strike - spots[i];

            // Between exercised nodes the value is a straight line, which interpolation reproduces only to within
            // rounding error.
            values[i] = continued < paid + (1e-13 * put.Strike) ? paid : continued;
        }

        return null;
    }
}
