using System.Buffers;
using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Prices American puts on a grid of forward prices with a second-order scheme. A compact scheme would have no
/// advantage, because the second derivative jumps at the exercise boundary, which moves between nodes.
/// </summary>
internal static class AmericanPutSolve
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
        var growth = Math.Exp(model.Rate * put.Maturity);
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        var reach = Math.Exp(GridReach.Double(intervals) * deviation);
        var low = put.Strike / Math.Exp(GridReach.Single(intervals) * deviation);
        var high = put.Strike * Math.Max(1, growth) * reach;
        var perpetual = Perpetual(put.Strike, model);
        foreach (var spot in spots)
        {
            high = Math.Max(high, spot * growth * reach);
            low = Math.Min(low, Math.Max(spot, perpetual) * growth / Math.Exp(GridReach.Single(intervals) * deviation));
        }

        // Below the boundary of the perpetual put, exercise is optimal at any maturity, so the grid may end there.
        low = Math.Max(low, perpetual * Math.Exp(-0.1 * deviation));
        if (EuropeanCallSolve.Unfit(low, high, deviation) is { } unfit)
            return unfit;

        var grid = GridLogSinh.Spanning(low, put.Strike, high, deviation, intervals);
        var steps = Math.Max(4, intervals / 8);
        foreach (var spot in spots)
        {
            var depth = Math.Max(0, Math.Log(spot * Math.Min(1, growth) / put.Strike) / deviation);
            var spacing =
                spot <= perpetual
                    ? 0
                    : grid.Width * Math.Cosh(grid.CoordinateOf(spot * growth)) * grid.Step / deviation;
            var loss = GridReach.SecondOrderLoss(depth, depth > 0 ? spacing : grid.Width * grid.Step / deviation);
            if (loss > 0.2)
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"With {intervals} intervals, the nodes around S={spot:R} are {Figure.Of(spacing, 2)} standard "
                        + $"deviations apart. This is too coarse to resolve the price {Figure.Of(depth, 1)} standard "
                        + $"deviations out of the money. Increase the work parameter."
                );

            steps = Math.Max(steps, GridReach.StepsFor(depth));
        }

        var rented = ArrayPool<double>.Shared.Rent(PutMarch.ScratchSize(grid.Count));
        var march = new PutMarch(grid, put.Strike, model.Volatility, rented);
        march.March(put.Strike, model.Rate, put.Maturity, steps);
        Read(grid, march, put.Strike, perpetual, growth, spots, values);
        ArrayPool<double>.Shared.Return(rented);
        return null;
    }

    /// <summary>The spot below which even the perpetual put is exercised; 0 if it is never exercised.</summary>
    private static double Perpetual(double strike, BlackScholes model) =>
        model.Rate <= 0 ? 0 : strike * 2 * model.Rate / ((2 * model.Rate) + (model.Volatility * model.Volatility));

    private static void Read(
        in GridLogSinh grid,
        in PutMarch march,
        double strike,
        double perpetual,
        double growth,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var nodes = march.Spare;
        for (var j = 0; j < nodes.Length; j++)
            nodes[j] = grid.Y(j);

        Span<double> weights = stackalloc double[3 * Interpolation];
        for (var i = 0; i < spots.Length; i++)
        {
            if (spots[i] <= perpetual)
            {
                values[i] = strike - spots[i];
                continue;
            }

            var stencil = new GridStencil(nodes, grid.CoordinateOf(spots[i] * growth), weights);
            var continued = stencil.Value(march.Values) / growth;

            // Interpolation between exercised nodes reproduces the straight line only to within rounding error, so the
            // exact line is used.
            var exercised = true;
            for (var k = 0; k < Interpolation; k++)
            {
                var node = stencil.First + k;
                var paid = (strike * growth) - (grid.Centre * Math.Exp(grid.Width * Math.Sinh(nodes[node])));
                exercised &= march.Values[node] <= paid * (1 + 1e-12);
            }

            values[i] = exercised ? strike - spots[i] : Math.Max(continued, strike - spots[i]);
        }
    }
}
