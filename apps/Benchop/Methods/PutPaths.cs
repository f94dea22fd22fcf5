using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// The paths of the logarithm of a stock's price at given times, built from points of a unit cube by a Brownian bridge.
/// The paths start at 0. They do not depend on the spots, so all spots share them.
/// </summary>
internal sealed class PutPaths
{
    private readonly BrownianBridge _bridge;
    private readonly double[] _times;
    private readonly double[] _logSpots;
    private readonly double[] _paths;

    public PutPaths(AmericanPut put, BlackScholes model, ReadOnlySpan<double> spots, double[] times)
    {
        (Put, Model, _times) = (put, model, times);
        _logSpots = new double[spots.Length];
        for (var i = 0; i < spots.Length; i++)
            _logSpots[i] = Math.Log(spots[i]);

        _bridge = new BrownianBridge(times);
        _paths = new double[times.Length * ReplicatedMean.Block];
    }

    public AmericanPut Put { get; }

    public BlackScholes Model { get; }

    public ReadOnlySpan<double> LogSpots => _logSpots;

    public ReadOnlySpan<double> Times => _times;

    /// <summary>
    /// Builds one path per point, and subtracts <paramref name="levels"/>, one value per time, from its values. The
    /// result has one row per time and one column per path.
    /// </summary>
    public ReadOnlySpan<double> Build(Span<double> coordinates, int length, ReadOnlySpan<double> levels)
    {
        NormalQuantile.Apply(coordinates);
        var paths = _paths.AsSpan(0, length * _times.Length);
        _bridge.Build(coordinates, length, paths);
        var rate = Model.Rate - (0.5 * Model.Volatility * Model.Volatility);
        var volatility = Vector256.Create(Model.Volatility);
        for (var k = 0; k < _times.Length; k++)
        {
            var drift = Vector256.Create((rate * _times[k]) - levels[k]);
            var row = paths.Slice(k * length, length);
            for (var p = 0; p < length; p += Lanes.Count)
                Vector256
                    .FusedMultiplyAdd(volatility, Vector256.Create(row.Slice(p, Lanes.Count)), drift)
                    .CopyTo(row[p..]);
        }

        return paths;
    }
}
