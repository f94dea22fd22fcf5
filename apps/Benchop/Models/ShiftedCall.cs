using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// Computes the price of a European call under Black-Scholes, or one of its Greeks, as a mean over the normal number Z
/// that determines the price at maturity. The asset is the unit of account, and the call pays off if Z exceeds d. For
/// Delta and Vega, the payoff is differentiated; for Gamma, the density is differentiated as well (P. Glasserman 2003,
/// Monte Carlo Methods in Financial Engineering, chapter 7).
/// </summary>
/// <remarks>
/// Z is drawn around d instead of 0, and each sample is weighted by the ratio of the densities (P. Glasserman, P.
/// Heidelberger and P. Shahabuddin 1999, Math. Finance 9, 117-152), so half of the samples contribute, no matter how
/// far the spot is from the strike. If the call pays off on the larger part of the distribution, the smaller part is
/// sampled instead, and the value follows from a known mean.
/// </remarks>
internal sealed class ShiftedCall : IIntegrand
{
    private readonly Quantity _quantity;
    private readonly double _deviation;
    private readonly double _rootTime;
    private readonly Point[] _points;

    public ShiftedCall(Quantity quantity, EuropeanCall call, Model model, ReadOnlySpan<double> spots)
    {
        var (volatility, kept) = model switch
        {
            DividendBlackScholes d => (d.Volatility, 1 - d.Dividend),
            BlackScholes m => (m.Volatility, 1.0),
            _ => throw new ArgumentException("The price at maturity is not lognormal.", nameof(model)),
        };
        _quantity = quantity;
        _rootTime = Math.Sqrt(call.Maturity);
        _deviation = volatility * _rootTime;
        _points = new Point[spots.Length];
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        for (var i = 0; i < spots.Length; i++)
            _points[i] = CreatePoint(kept * spots[i], strike);
    }

    public int Dimensions => 1;

    public int Outputs => _points.Length;

    public ReadOnlySpan<double> ControlMeans => [];

    /// <summary>Returns the known part of an output, to which the mean must be added.</summary>
    public double Known(int output) => _points[output].Known;

    public void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes)
    {
        NormalQuantile.Apply(coordinates);
        for (var i = 0; i < _points.Length; i++)
        {
            var point = _points[i];
            var (shift, side) = (Vector256.Create(point.Shift), Vector256.Create(point.Side));
            var (sum, size, square) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
            for (var p = 0; p < length; p += Lanes.Count)
            {
                var y = Vector256.Create(coordinates.Slice(p, Lanes.Count));
                var value = Value(point, y + shift, y);
                value = Vector256.ConditionalSelect(
                    Vector256.GreaterThan(side * (y + shift - Vector256.Create(point.Kink)), Vector256<double>.Zero),
                    value,
                    Vector256<double>.Zero
                );
                sum += value;
                size += Vector256.Abs(value);
                square = Vector256.FusedMultiplyAdd(value, value, square);
            }

            sums[i] += Vector256.Sum(sum);
            sizes[2 * i] += Vector256.Sum(size);
            sizes[(2 * i) + 1] += Vector256.Sum(square);
        }
    }

    private Point CreatePoint(double asset, double strike)
    {
        var kink = -((Math.Log(asset / strike) / _deviation) + (0.5 * _deviation));

        // The price of the put is unbounded where Z is far below d, so the part below d may be sampled only if the
        // deviation is small.
        var below = _quantity switch
        {
            Quantity.Vega => kink + _deviation < 0,
            Quantity.Price => kink < 0 && _deviation < 1,
            _ => kink < 0,
        };
        var known = (_quantity, below) switch
        {
            (Quantity.Price, true) => asset - strike,
            (Quantity.Delta, true) => 1,
            _ => 0.0,
        };
        return new Point(asset, strike, kink, below || kink > 0 ? kink : 0, below ? -1 : 1, known);
    }

    private Vector256<double> Value(in Point point, Vector256<double> z, Vector256<double> y)
    {
        var (s, side) = (Vector256.Create(_deviation), Vector256.Create(point.Side));
        var half = Vector256.Create(0.5);

        // The density of Z divided by the density of the samples.
        var logWeight = -Vector256.Create(point.Shift) * (y + (half * Vector256.Create(point.Shift)));
        var weight = Vector256.Exp(logWeight);
        if (_quantity == Quantity.Delta)
            return side * weight;

        if (_quantity == Quantity.Gamma)
            return side * weight * z / (Vector256.Create(point.Asset) * s);

        var paid = Vector256.Create(point.Strike) * Vector256.Exp(logWeight - (s * (z + (half * s))));
        if (_quantity == Quantity.Vega)
            return side * paid * (z + s) * Vector256.Create(_rootTime);

        return side * ((Vector256.Create(point.Asset) * weight) - paid);
    }

    /// <param name="Kink">The number d: the call pays off if Z exceeds it.</param>
    /// <param name="Shift">The mean of the samples of Z.</param>
    /// <param name="Side">1 if the samples above d are used, -1 if those below d are used.</param>
    private readonly record struct Point(
        double Asset,
        double Strike,
        double Kink,
        double Shift,
        double Side,
        double Known
    );
}
