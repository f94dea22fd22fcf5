using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// American put = European put + interest earned on the strike while the spot lies below the boundary (Kim, Rev.
/// Financial Studies 3 (1990)
/// 547-572): integral over u of r K e^{-r(T-u)} N(-d-(T - u, S / B(u))). One boundary serves all spots, four at a time.
/// </summary>
internal readonly ref struct PutPremium
{
    private readonly BoundaryTable table;
    private readonly double deviation;
    private readonly double tilt;
    private readonly Span<double> depths;
    private readonly Span<double> weights;

    /// <param name="room">Twice as many numbers as the price integral has points.</param>
    public PutPremium(
        BoundaryTable table,
        double rateTime,
        double deviation,
        ReadOnlySpan<double> squares,
        Span<double> room
    )
    {
        this.table = table;
        this.deviation = deviation;
        tilt = (rateTime / deviation) - (0.5 * deviation);
        int points = table.PricePoints;
        depths = room[..points];
        weights = room.Slice(points, points);
        ReadOnlySpan<double> matrix = table.PriceMatrix;
        for (int j = 0; j < points; j += Lanes.Count)
        {
            Vector256<double> square = Vector256<double>.Zero;
            for (int k = 0; k < squares.Length; k++)
            {
                square = Vector256.FusedMultiplyAdd(
                    Vector256.Create(matrix.Slice((k * points) + j, Lanes.Count)),
                    Vector256.Create(squares[k]),
                    square
                );
            }

            Vector256.Sqrt(Vector256.Max(square, Vector256<double>.Zero)).CopyTo(depths[j..]);
            Vector256<double> sine = Vector256.Create(table.PriceSines.AsSpan(j, Lanes.Count));
            Vector256<double> weight = Vector256.Create(table.PriceWeights.AsSpan(j, Lanes.Count));
            (Vector256.Create(2 * rateTime) * weight * Vector256.Exp(Vector256.Create(-rateTime) * sine * sine)).CopyTo(
                weights[j..]
            );
        }
    }

    public static int RoomFor(BoundaryTable table) => 2 * table.PricePoints;

    /// <summary>In units of the strike, from x = ln(S / K).</summary>
    public Vector256<double> At(Vector256<double> x)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        for (int j = 0; j < depths.Length; j++)
        {
            double sine = table.PriceSines[j];
            Vector256<double> d =
                ((x + Vector256.Create(depths[j])) * Vector256.Create(1 / (deviation * sine)))
                + Vector256.Create(tilt * sine);
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(weights[j]), Normal.Cdf(-d), sum);
        }

        return sum;
    }
}
