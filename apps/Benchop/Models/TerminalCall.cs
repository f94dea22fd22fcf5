using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// Computes the values of European calls as means over samples of <see cref="TerminalRatio"/>, for all evaluation
/// points at once.
/// </summary>
internal sealed class TerminalCall : IIntegrand
{
    private readonly TerminalRatio _ratio;
    private readonly double[] _assets;
    private readonly double[] _strikes;

    private TerminalCall(TerminalRatio ratio, double[] assets, double[] strikes)
    {
        _ratio = ratio;
        _assets = assets;
        _strikes = strikes;
    }

    public int Dimensions => _ratio.Dimensions;

    public int Outputs => _assets.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    public static (TerminalCall? Call, string? Reason) Of(Problem problem)
    {
        var (ratio, reason) = TerminalRatio.Of(problem.Model, problem.Contract.Maturity);
        if (ratio is null)
            return (null, reason);

        var strikes = new double[problem.Points.Count];
        if (problem.Contract is EuropeanCall call)
            Array.Fill(strikes, call.Strike * Math.Exp(-problem.Model.Rate * call.Maturity));
        else
            problem.Points.SecondSpots.CopyTo(strikes);

        return (new TerminalCall(ratio, [.. problem.Points.Spots], strikes), null);
    }

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        _ratio.Sample(coordinates, length);
        for (var i = 0; i < _assets.Length; i++)
        {
            var (asset, strike) = (Vector256.Create(_assets[i]), Vector256.Create(-_strikes[i]));
            var (sum, square) = (Vector256<double>.Zero, Vector256<double>.Zero);
            for (var p = 0; p < length; p += Lanes.Count)
            {
                var g = Vector256.Create(coordinates.Slice(p, Lanes.Count));
                var x = Vector256.Max(Vector256.FusedMultiplyAdd(strike, g, asset), Vector256<double>.Zero);
                sum += x;
                square = Vector256.FusedMultiplyAdd(x, x, square);
            }

            var total = Vector256.Sum(sum);
            sums[i] += total;
            sizes[2 * i] += total;
            sizes[(2 * i) + 1] += Vector256.Sum(square);
        }
    }
}
