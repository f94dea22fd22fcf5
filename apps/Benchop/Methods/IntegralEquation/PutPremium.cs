using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// The American put is worth the European put plus the interest earned on the strike while the spot is below the
/// boundary (Kim, Rev. Financial Studies 3 (1990) 547-572): the integral over u of r K e^{-r(T-u)} N(-d-(T - u, S /
/// B(u))). The same boundary is used for all spots, which are priced four at a time.
/// </summary>
internal readonly ref struct PutPremium
{
    private readonly BoundaryTable _table;
    private readonly double _deviation;
    private readonly double _tilt;
    private readonly Span<double> _depths;
    private readonly Span<double> _weights;

    /// <param name="scratch">Scratch space; its length is twice the number of points of the price integral.</param>
    public PutPremium(
        BoundaryTable table,
        double rateTime,
        double deviation,
        ReadOnlySpan<double> squares,
        Span<double> scratch
    )
    {
        _table = table;
        _deviation = deviation;
        _tilt = (rateTime / deviation) - (0.5 * deviation);
        var points = table.PricePoints;
        _depths = scratch[..points];
        _weights = scratch.Slice(points, points);
        ReadOnlySpan<double> matrix = table.PriceMatrix;
        for (var j = 0; j < points; j += Lanes.Count)
        {
            var square = Vector256<double>.Zero;
            for (var k = 0; k < squares.Length; k++)
                square = Vector256.FusedMultiplyAdd(
                    Vector256.Create(matrix.Slice((k * points) + j, Lanes.Count)),
                    Vector256.Create(squares[k]),
                    square
                );

            Vector256.Sqrt(Vector256.Max(square, Vector256<double>.Zero)).CopyTo(_depths[j..]);
            var sine = Vector256.Create(table.PriceSines.AsSpan(j, Lanes.Count));
            var weight = Vector256.Create(table.PriceWeights.AsSpan(j, Lanes.Count));
            (Vector256.Create(2 * rateTime) * weight * Vector256.Exp(Vector256.Create(-rateTime) * sine * sine)).CopyTo(
                _weights[j..]
            );
        }
    }

    public static int ScratchSize(BoundaryTable table) => 2 * table.PricePoints;

    /// <summary>Returns the put in units of the strike, as a function of x = ln(S / K).</summary>
    public Vector256<double> At(Vector256<double> x)
    {
        var sum = Vector256<double>.Zero;
        for (var j = 0; j < _depths.Length; j++)
        {
            var sine = _table.PriceSines[j];
            var d =
                ((x + Vector256.Create(_depths[j])) * Vector256.Create(1 / (_deviation * sine)))
                + Vector256.Create(_tilt * sine);
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(_weights[j]), Normal.Cdf(-d), sum);
        }

        return sum;
    }
}
