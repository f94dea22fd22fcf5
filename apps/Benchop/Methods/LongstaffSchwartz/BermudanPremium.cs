using Headrace.Apps.Benchop.Models;
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
    private readonly PutPaths _paths;
    private readonly ExerciseDates _all;
    private readonly ExerciseDates _half;

    /// <summary>The level that is subtracted from the paths at each time. All levels are zero here.</summary>
    private readonly double[] _levels;

    public BermudanPremium(
        AmericanPut put,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        ExerciseDates all,
        ExerciseDates half
    )
    {
        (_all, _half) = (all, half);
        var times = new double[all.LogBoundary.Length];
        for (var k = 0; k < times.Length; k++)
            times[k] = put.Maturity * (k + 1) / times.Length;

        _paths = new PutPaths(put, model, spots, times);
        _levels = new double[times.Length];
    }

    public int Dimensions => _levels.Length;

    public int Outputs => _paths.LogSpots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        var paths = _paths.Build(coordinates, length, _levels);
        var logSpots = _paths.LogSpots;
        for (var i = 0; i < logSpots.Length; i++)
            for (var p = 0; p < length; p++)
            {
                var path = paths[p..];
                var gain =
                    (2 * Gain(path, length, logSpots[i], _all, 1)) - Gain(path, length, logSpots[i], _half, 2);
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

            var (put, model) = (_paths.Put, _paths.Model);
            var time = put.Maturity * (date + 1) / boundary.Length;
            return Math.Exp(-model.Rate * time) * ExerciseDates.Gain(put, model, x, put.Maturity - time);
        }

        return 0;
    }
}
