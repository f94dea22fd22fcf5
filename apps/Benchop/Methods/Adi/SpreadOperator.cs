using System.Numerics;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Two Black-Scholes assets in x = ln F1 and y = ln F2, where F1 and F2 are the forward prices, on a uniform grid with
/// the same step in both directions. With V = e^{(x + y)/2} W the equation is
/// W_t = s1^2/2 (W_xx - W/4) + s2^2/2 (W_yy - W/4) + rho s1 s2 (d/dx + 1/2)(d/dy + 1/2) W.
/// The scheme is of fourth order in space. Rows extend along x, which is the first direction.
/// </summary>
/// <param name="columns">Number of nodes in x.</param>
/// <param name="rows">Number of nodes in y.</param>
internal sealed class SpreadOperator(TwoAssetBlackScholes model, int columns, int rows, double step)
    : SplitOperator(
        rows,
        columns,
        step,
        new CompactLine(columns, rows, step, Inner(rows, 0.5 * model.Volatility1 * model.Volatility1)),
        new CompactLine(rows, columns, step, Inner(columns, 0.5 * model.Volatility2 * model.Volatility2))
    )
{
    private readonly double _coupling = model.Correlation * model.Volatility1 * model.Volatility2;
    private readonly double[] _slopes = new double[rows * Plane.Padded(columns)];

    /// <summary>
    /// Computes (d/dy + 1/2) u in <see cref="_slopes"/>, then applies (d/dx + 1/2) to each row of the result.
    /// </summary>
    protected override void Mixed(ReadOnlySpan<double> u, Span<double> mixed)
    {
        var lanes = Padded / Vector<double>.Count;
        for (var j = 2; j < Rows - 2; j++)
        {
            var below2 = Plane.Row(u, j - 2, Padded);
            var below = Plane.Row(u, j - 1, Padded);
            var here = Plane.Row(u, j, Padded);
            var above = Plane.Row(u, j + 1, Padded);
            var above2 = Plane.Row(u, j + 2, Padded);
            var to = Plane.Row(_slopes.AsSpan(), j, Padded);
            for (var k = 0; k < lanes; k++)
                to[k] = (Near * (above[k] - below[k])) + (Far * (above2[k] - below2[k])) + (0.5 * here[k]);
        }

        for (var j = 2; j < Rows - 2; j++)
            SlopeAlongRow(_slopes.AsSpan(j * Padded, Padded), _coupling, mixed.Slice(j * Padded, Padded));
    }

    /// <summary>
    /// Returns the diffusion of each lane: the same value for all lanes except the two outer lanes at each end, whose
    /// diffusion is zero, so that their values stay fixed.
    /// </summary>
    private static double[] Inner(int count, double diffusion)
    {
        var numbers = new double[count];
        Array.Fill(numbers, diffusion, 2, count - 4);
        return numbers;
    }
}
