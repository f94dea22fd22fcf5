using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Prices an up-and-out call from samples of the price at maturity alone. Given today's price and the price at
/// maturity, the path between them is a Brownian bridge, which stays below the barrier with probability 1 - exp(-2
/// ln(B/S) ln(B/S_T) / (sigma^2 T)). The payoff is multiplied by this probability.
/// </summary>
internal sealed class BarrierBridgeCall(UpAndOutCall call, BlackScholes model, double[] spots) : IIntegrand
{
    private readonly double _deviation = model.Volatility * Math.Sqrt(call.Maturity);

    private readonly double _drift = (model.Rate - (0.5 * model.Volatility * model.Volatility)) * call.Maturity;

    private readonly double _discount = Math.Exp(-model.Rate * call.Maturity);

    public int Dimensions => 1;

    public int Outputs => spots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        var zero = Vector256<double>.Zero;
        for (var i = 0; i < spots.Length; i++)
        {
            var distance = Math.Log(call.Barrier / spots[i]);
            var (sum, square) = (zero, zero);
            for (var p = 0; p < length; p += Lanes.Count)
            {
                var move = Vector256.FusedMultiplyAdd(
                    Vector256.Create(_deviation),
                    Vector256.Create(coordinates.Slice(p, Lanes.Count)),
                    Vector256.Create(_drift)
                );
                var rest = Vector256.Create(distance) - move;
                var touched = Vector256.Exp(
                    Vector256.Min(zero, Vector256.Create(-2 * distance / (_deviation * _deviation)) * rest)
                );
                var price = Vector256.Create(spots[i]) * Vector256.Exp(Vector256.Min(move, Vector256.Create(distance)));
                var payoff = Vector256.Max(zero, price - Vector256.Create(call.Strike));
                var value = Vector256.ConditionalSelect(
                    Vector256.GreaterThan(rest, zero),
                    payoff * (Vector256<double>.One - touched) * Vector256.Create(_discount),
                    zero
                );
                sum += value;
                square += value * value;
            }

            var total = Vector256.Sum(sum);
            sums[i] += total;
            sizes[2 * i] += total;
            sizes[(2 * i) + 1] += Vector256.Sum(square);
        }
    }
}
