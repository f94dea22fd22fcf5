using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// The correction of one level for puts in the Heston model: the value with n time steps minus the value with n/2 steps
/// on the same Brownian path. The variance is discretised with the Milstein scheme. Given the path of the variance, the
/// put is a Black-Scholes value with an effective spot S F (M. Romano and N. Touzi 1997, Math. Finance 7, 399-412). F
/// has mean 1.
/// </summary>
/// <remarks>
/// Each put is combined with its hedge, a position in the asset at the price S F. <see cref="Hedge"/> is the value of
/// this position today. The hedge ratio is fixed in advance. If each level estimated its own ratio, the error of the
/// coarse levels would not cancel.
/// </remarks>
internal sealed class HestonLevel : IIntegrand
{
    private readonly Heston _model;
    private readonly double[] _spots;
    private readonly double[] _hedges;
    private readonly double _strike;
    private readonly double _step;
    private readonly bool _coarsest;
    private readonly BrownianBridge _bridge;
    private readonly double[] _paths;

    public HestonLevel(EuropeanCall call, Heston model, ReadOnlySpan<double> spots, int steps, bool coarsest)
    {
        _model = model;
        _spots = [.. spots];
        _hedges = new double[spots.Length];
        _strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        Dimensions = steps;
        _step = call.Maturity / steps;
        _coarsest = coarsest;
        for (var i = 0; i < _hedges.Length; i++)
            _hedges[i] = HedgeRatio(call.Maturity, model, spots[i], _strike);

        var times = new double[steps];
        for (var k = 0; k < steps; k++)
            times[k] = _step * (k + 1);

        _bridge = new BrownianBridge(times);
        _paths = new double[steps * ReplicatedMean.Block];
    }

    public int Dimensions { get; }

    public int Outputs => _spots.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    /// <summary>Returns today's value of the assets that are added to the put.</summary>
    public static double Hedge(EuropeanCall call, Heston model, double spot) =>
        spot * HedgeRatio(call.Maturity, model, spot, call.Strike * Math.Exp(-model.Rate * call.Maturity));

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        _bridge.Build(coordinates, length, _paths);
        var zero = Vector256<double>.Zero;
        for (var path = 0; path < length; path += Lanes.Count)
        {
            var (factor, deviation) = Walk(_paths.AsSpan(path), length, 1);
            var (coarseFactor, coarseDeviation) = _coarsest ? (zero, zero) : Walk(_paths.AsSpan(path), length, 2);
            for (var i = 0; i < _spots.Length; i++)
            {
                var value = Value(i, factor, deviation);
                if (!_coarsest)
                    value -= Value(i, coarseFactor, coarseDeviation);

                sums[i] += Vector256.Sum(value);
                sizes[2 * i] += Vector256.Sum(Vector256.Abs(value));
                sizes[(2 * i) + 1] += Vector256.Sum(value * value);
            }
        }
    }

    /// <summary>Returns the Delta of the put at the mean variance, with the opposite sign.</summary>
    private static double HedgeRatio(double maturity, Heston model, double spot, double strike)
    {
        var share = -Math.Exp(-model.Reversion * maturity) + 1;
        var mean =
            (model.LongVariance * maturity) + ((model.InitialVariance - model.LongVariance) * share / model.Reversion);
        return 1
            - Black
                .Delta(Vector256.Create(spot), Vector256.Create(strike), Vector256.Create(Math.Sqrt(mean)))
                .ToScalar();
    }

    private Vector256<double> Value(int point, Vector256<double> factor, Vector256<double> deviation)
    {
        var spot = Vector256.Create(_spots[point]) * factor;
        return Black.Call(Vector256.Create(_strike), spot, deviation) + (Vector256.Create(_hedges[point]) * spot);
    }

    private (Vector256<double> Factor, Vector256<double> Deviation) Walk(
        ReadOnlySpan<double> path,
        int length,
        int stride
    )
    {
        var (kappa, sigma, rho) = (_model.Reversion, _model.VolOfVol, _model.Correlation);
        var step = Vector256.Create(_step * stride);
        var decay = Vector256.Create(1 - (kappa * _step * stride));
        var constant = Vector256.Create(kappa * _model.LongVariance * _step * stride);
        var (half, zero) = (Vector256.Create(0.25 * sigma), Vector256<double>.Zero);
        var variance = Vector256.Create(_model.InitialVariance);
        var (integral, martingale, before) = (zero, zero, zero);
        for (var k = stride - 1; k < Dimensions; k += stride)
        {
            var after = Vector256.Create(path.Slice(k * length, Lanes.Count));
            var move = after - before;
            var surprise = (Vector256.Sqrt(variance) * move) + (half * ((move * move) - step));
            integral += variance * step;
            martingale += surprise;
            variance = (decay * variance) + constant + (Vector256.Create(sigma) * surprise);
            variance = Vector256.Max(zero, variance);
            before = after;
        }

        var power = Vector256.Create(rho) * (martingale - (Vector256.Create(0.5 * rho) * integral));
        return (Vector256.Exp(power), Vector256.Sqrt(Vector256.Create(1 - (rho * rho)) * integral));
    }
}
