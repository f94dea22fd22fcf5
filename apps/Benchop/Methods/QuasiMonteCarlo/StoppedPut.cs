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
    private readonly AmericanPut _put;
    private readonly BlackScholes _model;
    private readonly double[] _logSpots;
    private readonly double[] _times;
    private readonly BrownianBridge _bridge;
    private readonly double[] _boundary;
    private readonly double[] _gains;
    private readonly double[] _paths;
    private readonly bool _extrapolate;

    public StoppedPut(AmericanPut put, BlackScholes model, ReadOnlySpan<double> spots, int steps, bool extrapolate)
    {
        _put = put;
        _model = model;
        _extrapolate = extrapolate;
        _logSpots = new double[spots.Length];
        for (var i = 0; i < spots.Length; i++)
            _logSpots[i] = Math.Log(spots[i]);

        // The times are closer together just before maturity, where the boundary is steep.
        _times = new double[steps];
        for (var k = 1; k <= steps; k++)
            _times[k - 1] = put.Maturity * (1 - Math.Pow(1 - ((double)k / steps), 2));

        _bridge = new BrownianBridge(_times);
        _boundary = new double[steps + 1];
        _gains = new double[steps + 1];
        _paths = new double[steps * ReplicatedMean.Block];
    }

    public int Dimensions => _times.Length;

    public int Outputs => _logSpots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    /// <summary>The logarithm of the boundary today.</summary>
    public double LogBoundaryToday => _boundary[0];

    public void SetBoundary(in PutBoundary boundary)
    {
        for (var k = 0; k < _boundary.Length; k++)
        {
            var time = k == 0 ? 0 : _times[k - 1];
            var rest = _put.Maturity - time;
            _boundary[k] = k == _times.Length ? Math.Log(_put.Strike) : boundary.Log(rest);
            var price = Math.Exp(_boundary[k]);
            var discounted = _put.Strike * Math.Exp(-_model.Rate * rest);
            var european = Black.Call(discounted, price, _model.Volatility * Math.Sqrt(Math.Max(0, rest)));
            _gains[k] = k == _times.Length ? 0 : Math.Exp(-_model.Rate * time) * (_put.Strike - price - european);
        }
    }

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        var paths = _paths.AsSpan(0, length * _times.Length);
        _bridge.Build(coordinates, length, paths);
        for (var k = 0; k < _times.Length; k++)
        {
            var drift = Vector256.Create(
                ((_model.Rate - (0.5 * _model.Volatility * _model.Volatility)) * _times[k]) - _boundary[k + 1]
            );
            var volatility = Vector256.Create(_model.Volatility);
            var row = paths.Slice(k * length, length);
            for (var p = 0; p < length; p += Lanes.Count)
                Vector256
                    .FusedMultiplyAdd(volatility, Vector256.Create(row.Slice(p, Lanes.Count)), drift)
                    .CopyTo(row[p..]);
        }

        for (var i = 0; i < _logSpots.Length; i++)
        {
            if (_logSpots[i] <= _boundary[0])
                continue;

            for (var p = 0; p < length; p += Lanes.Count)
            {
                var gain = Gain(paths[p..], length, _logSpots[i], 1);
                if (_extrapolate)
                    gain += gain - Gain(paths[p..], length, _logSpots[i], 2);

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
        for (var k = 0; k < _times.Length; k += stride)
        {
            var end = k + stride;
            var step = _times[end - 1] - (k == 0 ? 0 : _times[k - 1]);
            var after = spot + Vector256.Create(paths.Slice((end - 1) * length, Lanes.Count));
            var scale = Vector256.Create(-2 / (_model.Volatility * _model.Volatility * step));
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
