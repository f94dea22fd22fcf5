using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// The correction of one level for Heston puts: the value with n time steps less the one with n/2 steps on the same
/// Brownian path. The variance takes Milstein steps; given its path, the put is a Black-Scholes value (M. Romano and N.
/// Touzi 1997, Math. Finance 7, 399-412), whose effective spot is a martingale and serves as the control variate.
/// </summary>
internal sealed class HestonLevel : IIntegrand
{
    private readonly Heston _model;
    private readonly double[] _spots;
    private readonly double[] _controlMeans;
    private readonly double _strike;
    private readonly double _step;
    private readonly bool _coarsest;
    private readonly BrownianBridge _bridge;
    private readonly double[] _paths;

    public HestonLevel(EuropeanCall call, Heston model, ReadOnlySpan<double> spots, int steps, bool coarsest)
    {
        _model = model;
        _spots = [.. spots];
        _controlMeans = new double[spots.Length];
        Array.Fill(_controlMeans, coarsest ? 1 : 0);
        _strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        Dimensions = steps;
        _step = call.Maturity / steps;
        _coarsest = coarsest;
        var times = new double[steps];
        for (var k = 0; k < steps; k++)
            times[k] = _step * (k + 1);

        _bridge = new BrownianBridge(times);
        _paths = new double[steps * ReplicatedMean.Block];
    }

    public int Dimensions { get; }

    public int Outputs => _spots.Length;

    public ReadOnlySpan<double> ControlMeans => _controlMeans;

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        _bridge.Build(coordinates, length, _paths);
        for (var path = 0; path < length; path++)
        {
            var (factor, deviation) = Walk(_paths.AsSpan(path), length, 1);
            var (coarseFactor, coarseDeviation) = _coarsest ? (0, 0) : Walk(_paths.AsSpan(path), length, 2);
            for (var i = 0; i < _spots.Length; i++)
            {
                var value = Black.Call(_strike, _spots[i] * factor, deviation);
                if (!_coarsest)
                    value -= Black.Call(_strike, _spots[i] * coarseFactor, coarseDeviation);

                sums[i] += value;
                sums[_spots.Length + i] += factor - coarseFactor;
                sizes[2 * i] += Math.Abs(value);
                sizes[(2 * i) + 1] += value * value;
            }
        }
    }

    private (double Factor, double Deviation) Walk(ReadOnlySpan<double> path, int length, int stride)
    {
        var (kappa, theta, sigma, rho) = (
            _model.Reversion,
            _model.LongVariance,
            _model.VolOfVol,
            _model.Correlation
        );
        var step = _step * stride;
        var constant = ((kappa * theta) - (0.25 * sigma * sigma)) * step;
        var variance = _model.InitialVariance;
        double integral = 0;
        double martingale = 0;
        double before = 0;
        for (var k = stride - 1; k < Dimensions; k += stride)
        {
            var after = path[k * length];
            var move = after - before;
            var root = Math.Sqrt(variance);
            integral += variance * step;
            martingale += root * move;
            var moved = root + (0.5 * sigma * move);
            variance = Math.Max(0, (moved * moved) - (kappa * variance * step) + constant);
            before = after;
        }

        return (Math.Exp(rho * (martingale - (0.5 * rho * integral))), Math.Sqrt((1 - (rho * rho)) * integral));
    }
}
