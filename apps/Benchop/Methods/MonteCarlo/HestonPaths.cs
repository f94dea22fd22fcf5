using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Prices calls in the Heston model. The variance is sampled by the quadratic-exponential scheme (L. B. G. Andersen
/// 2008, J. Comput. Finance 11(3), 1-42). Given the path of the variance, the price at maturity is lognormal, so the
/// put is the mean of Black-Scholes values with an effective spot S F and the remaining variance (M. Romano and N.
/// Touzi 1997, Math. Finance 7, 399-412; G. A. Willard 1997, J. Derivatives 5). F has mean 1 and serves as the control
/// variate.
/// </summary>
/// <remarks>
/// The paths price puts, because puts are bounded and rare paths cannot dominate their mean. The calls follow from
/// put-call parity. Over a step, the integral of the variance is approximated by c (V + V') plus a constant that makes
/// its mean exact. The integral of sqrt(V) dW is approximated by (V' - E[V'|V]) (1 + kappa c) / sigma, which follows
/// from the variance equation.
/// </remarks>
internal sealed class HestonPaths : IIntegrand
{
    // The ratio at which the scheme switches between its two distributions. Andersen recommends 1.5.
    private const double SwitchRatio = 1.5;

    private readonly Heston _model;
    private readonly double[] _spots;
    private readonly double[] _controlMeans;
    private readonly double _strike;
    private readonly int _steps;
    private readonly double _decay;
    private readonly double _weight;
    private readonly double _constant;
    private readonly double _slope;
    private readonly double _normalShare;
    private readonly double[] _normals;
    private readonly double[] _effective = new double[ReplicatedMean.Block];
    private readonly double[] _deviations = new double[ReplicatedMean.Block];

    public HestonPaths(EuropeanCall call, Heston model, ReadOnlySpan<double> spots, int steps)
    {
        _model = model;
        _spots = [.. spots];
        _controlMeans = new double[spots.Length];
        Array.Fill(_controlMeans, 1);
        _strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        _steps = steps;
        var step = call.Maturity / steps;
        _decay = Math.Exp(-model.Reversion * step);
        _weight = (1 - _decay) / (model.Reversion * (1 + _decay));
        _constant = model.LongVariance * (step - (2 * _weight));
        _slope = (1 + (model.Reversion * _weight)) / model.VolOfVol;
        _normalShare = 1 - (model.Correlation * model.Correlation);
        _normals = new double[steps * ReplicatedMean.Block];
    }

    public int Dimensions => _steps;

    public int Outputs => _spots.Length;

    public ReadOnlySpan<double> ControlMeans => _controlMeans;

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        coordinates.CopyTo(_normals);
        NormalQuantile.Apply(_normals.AsSpan(0, coordinates.Length));
        double controls = 0;
        for (var path = 0; path < length; path++)
        {
            var (integral, martingale) = Variance(coordinates[path..], length, path);
            _effective[path] = Math.Exp(_model.Correlation * (martingale - (0.5 * _model.Correlation * integral)));
            controls += _effective[path];
            _deviations[path] = Math.Sqrt(_normalShare * integral);
        }

        var strike = Vector256.Create(_strike);
        for (var i = 0; i < _spots.Length; i++)
        {
            var (sum, square) = (Vector256<double>.Zero, Vector256<double>.Zero);
            for (var path = 0; path < length; path += Lanes.Count)
            {
                var spot = Vector256.Create(_spots[i]) * Vector256.Create(_effective.AsSpan(path, Lanes.Count));

                // A put is a call with the asset and the strike exchanged.
                var put = Black.Call(strike, spot, Vector256.Create(_deviations.AsSpan(path, Lanes.Count)));
                sum += put;
                square += put * put;
            }

            var total = Vector256.Sum(sum);
            sums[i] += total;
            sums[_spots.Length + i] += controls;
            sizes[2 * i] += total;
            sizes[(2 * i) + 1] += Vector256.Sum(square);
        }
    }

    /// <summary>Returns the integrals of V dt and of sqrt(V) dW over the path.</summary>
    private (double Total, double Martingale) Variance(ReadOnlySpan<double> uniforms, int length, int path)
    {
        var (kappa, theta, sigma) = (_model.Reversion, _model.LongVariance, _model.VolOfVol);
        var fromVariance = sigma * sigma * _decay * (1 - _decay) / kappa;
        var fromMean = theta * sigma * sigma * (1 - _decay) * (1 - _decay) / (2 * kappa);
        var variance = _model.InitialVariance;
        double integral = 0;
        double martingale = 0;
        for (var k = 0; k < _steps; k++)
        {
            var mean = theta + ((variance - theta) * _decay);
            var spread = (variance * fromVariance) + fromMean;
            var ratio = spread / (mean * mean);
            double next;
            double surprise;
            if (ratio <= SwitchRatio)
            {
                var inverse = 2 / ratio;
                var square = inverse - 1 + (Math.Sqrt(inverse) * Math.Sqrt(inverse - 1));
                var scale = mean / (1 + square);
                var root = Math.Sqrt(square);
                var z = _normals[(k * length) + path];
                next = scale * (root + z) * (root + z);
                surprise = scale * ((2 * root * z) + (z * z) - 1);
            }
            else
            {
                var atom = (ratio - 1) / (ratio + 1);
                var u = uniforms[k * length];
                next = u <= atom ? 0 : Math.Log((1 - atom) / (1 - u)) * mean / (1 - atom);
                surprise = next - mean;
            }

            integral += (_weight * (variance + next)) + _constant;
            martingale += _slope * surprise;
            variance = next;
        }

        return (Math.Max(0, integral), martingale);
    }
}
