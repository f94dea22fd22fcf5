using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.LongstaffSchwartz;

/// <summary>
/// Estimates the early-exercise premium of an American put. A Bermudan premium differs from the American one by an
/// amount proportional to the interval between exercise dates. The American premium is therefore extrapolated from two
/// exercise policies on the same paths, one for all dates and one for every other date.
/// </summary>
internal sealed class BermudanPremium : IIntegrand
{
    private readonly AmericanPut _put;
    private readonly BlackScholes _model;
    private readonly double[] _logSpots;
    private readonly ExerciseDates _all;
    private readonly ExerciseDates _half;
    private readonly BrownianBridge _bridge;
    private readonly double[] _paths;

    public BermudanPremium(
        AmericanPut put,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        ExerciseDates all,
        ExerciseDates half
    )
    {
        _put = put;
        _model = model;
        _logSpots = new double[spots.Length];
        for (var i = 0; i < spots.Length; i++)
            _logSpots[i] = Math.Log(spots[i]);

        _all = all;
        _half = half;
        Dimensions = all.LogBoundary.Length;
        var times = new double[Dimensions];
        for (var k = 0; k < Dimensions; k++)
            times[k] = put.Maturity * (k + 1) / Dimensions;

        _bridge = new BrownianBridge(times);
        _paths = new double[Dimensions * ReplicatedMean.Block];
    }

    public int Dimensions { get; }

    public int Outputs => _logSpots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        var paths = _paths.AsSpan(0, length * Dimensions);
        _bridge.Build(coordinates, length, paths);
        var step = _put.Maturity / Dimensions;
        var drift = (_model.Rate - (0.5 * _model.Volatility * _model.Volatility)) * step;
        var volatility = Vector256.Create(_model.Volatility);
        for (var k = 0; k < Dimensions; k++)
        {
            var row = paths.Slice(k * length, length);
            for (var p = 0; p < length; p += Lanes.Count)
                Vector256
                    .FusedMultiplyAdd(
                        volatility,
                        Vector256.Create(row.Slice(p, Lanes.Count)),
                        Vector256.Create(drift * (k + 1))
                    )
                    .CopyTo(row[p..]);
        }

        for (var i = 0; i < _logSpots.Length; i++)
            for (var p = 0; p < length; p++)
            {
                var gain =
                    (2 * Gain(paths[p..], length, _logSpots[i], _all, 1))
                    - Gain(paths[p..], length, _logSpots[i], _half, 2);
                sums[i] += gain;
                sizes[2 * i] += Math.Abs(gain);
                sizes[(2 * i) + 1] += gain * gain;
            }
    }

    private double Gain(ReadOnlySpan<double> path, int length, double logSpot, ExerciseDates policy, int stride)
    {
        var boundary = policy.LogBoundary;

        // At maturity, the gain over the European put is zero.
        for (var date = 0; date < boundary.Length - 1; date++)
        {
            var x = logSpot + path[(((date + 1) * stride) - 1) * length];
            if (x > boundary[date])
                continue;

            var time = _put.Maturity * (date + 1) / boundary.Length;
            return Math.Exp(-_model.Rate * time) * ExerciseDates.Gain(_put, _model, x, _put.Maturity - time);
        }

        return 0;
    }
}
