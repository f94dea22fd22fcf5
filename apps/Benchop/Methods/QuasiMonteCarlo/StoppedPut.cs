using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.QuasiMonteCarlo;

/// <summary>
/// Estimates the early-exercise premium of a put that is exercised at the time tau when the price first touches a given
/// boundary B. The premium is the mean of e^{-r tau} (K - B - p(B, tau)), where p is the European put. The probability
/// that the price touches the boundary between two times of a path is known from the Brownian bridge, so the integrand
/// has no jumps.
/// </summary>
/// <remarks>
/// Between two times, the logarithm of the boundary is interpolated linearly. The probability is exact for such a
/// boundary, but the time of the touch is approximated. The error is of first order in the step, so the result is
/// extrapolated from two estimates, one with all times and one with every other time.
/// </remarks>
internal sealed class StoppedPut : IIntegrand
{
    private readonly PutPaths _paths;
    private readonly double[] _boundary;
    private readonly double[] _gains;
    private readonly bool _extrapolate;

    public StoppedPut(AmericanPut put, BlackScholes model, ReadOnlySpan<double> spots, int steps, bool extrapolate)
    {
        _extrapolate = extrapolate;
        // The times are closer together just before maturity, where the boundary is steep.
        var times = new double[steps];
        for (var k = 1; k <= steps; k++)
            times[k - 1] = put.Maturity * (1 - Math.Pow(1 - ((double)k / steps), 2));

        _paths = new PutPaths(put, model, spots, times);
        _boundary = new double[steps + 1];
        _gains = new double[steps + 1];
    }

    public int Dimensions => _paths.Times.Length;

    public int Outputs => _paths.LogSpots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    /// <summary>The logarithm of the boundary today.</summary>
    public double LogBoundaryToday => _boundary[0];

    public void SetBoundary(in PutBoundary boundary)
    {
        var (put, model) = (_paths.Put, _paths.Model);
        var times = _paths.Times;
        for (var k = 0; k < _boundary.Length; k++)
        {
            var time = k == 0 ? 0 : times[k - 1];
            var rest = put.Maturity - time;
            _boundary[k] = k == times.Length ? Math.Log(put.Strike) : boundary.Log(rest);
            var price = Math.Exp(_boundary[k]);
            var discounted = put.Strike * Math.Exp(-model.Rate * rest);
            var european = Black.Call(discounted, price, model.Volatility * Math.Sqrt(Math.Max(0, rest)));
            _gains[k] = k == times.Length ? 0 : Math.Exp(-model.Rate * time) * (put.Strike - price - european);
        }
    }

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        var paths = _paths.Build(coordinates, length, _boundary.AsSpan(1));
        var logSpots = _paths.LogSpots;
        for (var i = 0; i < logSpots.Length; i++)
        {
            if (logSpots[i] <= _boundary[0])
                continue;

            for (var p = 0; p < length; p += Lanes.Count)
            {
                var gain = Gain(paths[p..], length, logSpots[i], 1);
                if (_extrapolate)
                    gain += gain - Gain(paths[p..], length, logSpots[i], 2);

                sums[i] += Vector256.Sum(gain);
                sizes[2 * i] += Vector256.Sum(Vector256.Abs(gain));
                sizes[(2 * i) + 1] += Vector256.Sum(gain * gain);
            }
        }
    }

    /// <summary>
    /// Returns the gain of four paths. At each time, a path is given as its logarithmic distance from the boundary
    /// minus ln S.
    /// </summary>
    private Vector256<double> Gain(ReadOnlySpan<double> paths, int length, double logSpot, int stride)
    {
        var zero = Vector256<double>.Zero;
        var spot = Vector256.Create(logSpot);
        var before = Vector256.Create(logSpot - _boundary[0]);
        var alive = Vector256<double>.One;
        var gain = zero;
        var times = _paths.Times;
        var volatility = _paths.Model.Volatility;
        for (var k = 0; k < times.Length; k += stride)
        {
            var end = k + stride;
            var step = times[end - 1] - (k == 0 ? 0 : times[k - 1]);
            var after = spot + Vector256.Create(paths.Slice((end - 1) * length, Lanes.Count));
            var scale = Vector256.Create(-2 / (volatility * volatility * step));
            var touched = Vector256.Exp(Vector256.Min(zero, scale * before * Vector256.Max(zero, after)));
            var share = before / (before + Vector256.Abs(after) + Vector256.Create(1e-300));
            var worth = Vector256.FusedMultiplyAdd(
                share,
                Vector256.Create(_gains[end] - _gains[k]),
                Vector256.Create(_gains[k])
            );
            gain = Vector256.FusedMultiplyAdd(alive * touched, worth, gain);
            alive -= alive * touched;
            before = Vector256.Max(zero, after);
        }

        return gain;
    }
}
