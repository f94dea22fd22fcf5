using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// Prices the American put with Kim's representation: the European put plus the interest earned while the put is
/// exercised, P = p + r K int_0^T e^{-ru} N(-d2(S/B(T - u), u)) du. Each probability is a Fourier integral by
/// Gauss-Laguerre quadrature. The boundary B satisfies the same equation at S = B, which is solved by fixed-point
/// iteration at a few Chebyshev nodes in sqrt(time).
/// </summary>
internal sealed class LaguerrePut
{
    // ln^2 of the boundary is smooth in sqrt(time), so twelve nodes and twenty quadrature points leave an error of
    // 2.4e-6 of the price in set I.
    private const int Nodes = 12;
    private const int TimePoints = 20;
    private const int PriceTimePoints = 48;
    private const int MaxSweeps = 60;

    /// <summary>The fixed number of boundary nodes limits the accuracy.</summary>
    public static Convergence Convergence { get; } =
        new(double.PositiveInfinity, "exponential, down to about 1e-6 from the boundary's fixed nodes");

    private readonly LaguerreNormal _normal;
    private readonly AmericanPut _put;
    private readonly BlackScholes _model;

    // ln^2(B/K) at the Chebyshev nodes of sqrt(time) on [0, sqrt T]; node 0 is expiry, where B = K.
    private readonly double[] _height = new double[Nodes + 1];

    private LaguerrePut(AmericanPut put, BlackScholes model, int work)
    {
        _put = put;
        _model = model;
        _normal = LaguerreNormal.Of(work);
    }

    public static string? Price(
        ReadOnlySpan<double> spots,
        AmericanPut put,
        BlackScholes model,
        int work,
        Span<double> values
    )
    {
        var solver = new LaguerrePut(put, model, work);
        var exercises = model.Rate > 0;
        if (exercises && !solver.FindBoundary())
            return FormattableString.Invariant($"The exercise boundary did not converge within {MaxSweeps} sweeps.");

        for (var i = 0; i < spots.Length; i++)
        {
            Cancellation.CheckAt(i);
            var exercised = exercises && spots[i] <= solver.Boundary(put.Maturity);
            values[i] = exercised
                ? put.Strike - spots[i]
                : solver.European(spots[i], put.Maturity) + (exercises ? solver.Premium(spots[i]) : 0);
        }

        return null;
    }

    private double European(double spot, double time)
    {
        var d2 = D2(spot / _put.Strike, time);
        var d1 = d2 + (_model.Volatility * Math.Sqrt(time));
        return (_put.Strike * Math.Exp(-_model.Rate * time) * _normal.Cdf(-d2)) - (spot * _normal.Cdf(-d1));
    }

    private double Premium(double spot)
    {
        // The substitution u = T y^2 removes the square-root singularity at both ends.
        var rule = GaussLegendre.Of(PriceTimePoints);
        double sum = 0;
        for (var j = 0; j < rule.Nodes.Length; j++)
        {
            var y = 0.5 * (1 + rule.Nodes[j]);
            var u = _put.Maturity * y * y;
            var d2 = D2(spot / Boundary(_put.Maturity - u), u);
            sum += rule.Weights[j] * y * Math.Exp(-_model.Rate * u) * _normal.Cdf(-d2);
        }

        return _model.Rate * _put.Strike * _put.Maturity * sum;
    }

    /// <summary>
    /// Iterates B = K [e^{-rt} N(d2) + r int_0^t e^{-ru} N(d2(B/B(t - u), u)) du]/N(d1), which is the equation at S = B
    /// rearranged for B.
    /// </summary>
    private bool FindBoundary()
    {
        // The iteration starts between the strike and the perpetual boundary, closer to the perpetual boundary at
        // longer times. It converges from any initial boundary of this shape.
        var perpetual = 2 * _model.Rate / ((_model.Volatility * _model.Volatility) + (2 * _model.Rate));
        for (var i = 1; i <= Nodes; i++)
        {
            var t = Time(i);
            var start =
                perpetual + ((1 - perpetual) * Math.Exp(-_model.Volatility * Math.Sqrt(8 * t) / (1 - perpetual)));
            _height[i] = Square(Math.Log(start));
        }

        for (var sweep = 0; sweep < MaxSweeps; sweep++)
        {
            Cancellation.Check();
            double change = 0;
            double[] before = [.. _height];
            for (var i = 1; i <= Nodes; i++)
            {
                var ratio = Updated(Time(i), Math.Exp(-Math.Sqrt(before[i])), before);
                var next = Square(Math.Log(Math.Clamp(ratio, perpetual, 1)));
                _height[i] = next;
                change = Math.Max(change, Math.Abs(Math.Sqrt(next) - Math.Sqrt(before[i])));
            }

            // The price is stationary with respect to the boundary, so an error of 1e-7 in the boundary changes the
            // price by 1e-12.
            if (change < 1e-7)
                return true;
        }

        return false;
    }

    private double Updated(double time, double ratio, double[] heights)
    {
        var rule = GaussLegendre.Of(TimePoints);
        double sum = 0;
        for (var j = 0; j < rule.Nodes.Length; j++)
        {
            var y = 0.5 * (1 + rule.Nodes[j]);
            var u = time * y * y;
            var other = Math.Exp(-Math.Sqrt(Interpolated(heights, time - u)));
            sum += rule.Weights[j] * y * Math.Exp(-_model.Rate * u) * _normal.Cdf(D2(ratio / other, u));
        }

        var d2 = D2(ratio, time);
        var paid = (Math.Exp(-_model.Rate * time) * _normal.Cdf(d2)) + (_model.Rate * time * sum);
        return paid / _normal.Cdf(d2 + (_model.Volatility * Math.Sqrt(time)));
    }

    private double D2(double ratio, double time)
    {
        var deviation = _model.Volatility * Math.Sqrt(time);
        return ((Math.Log(ratio) + (_model.Rate * time)) / deviation) - (0.5 * deviation);
    }

    private double Boundary(double time) => _put.Strike * Math.Exp(-Math.Sqrt(Interpolated(_height, time)));

    private double Time(int node)
    {
        var root = 0.5 * (1 - Math.Cos(Math.PI * node / Nodes));
        return _put.Maturity * root * root;
    }

    /// <summary>
    /// Interpolates in sqrt(time) by the barycentric formula. A negative result, which is possible between nodes near
    /// expiry, is replaced by zero, so the boundary is then the strike.
    /// </summary>
    private double Interpolated(double[] heights, double time)
    {
        var x = 1 - (2 * Math.Sqrt(Math.Max(0, time) / _put.Maturity));
        double above = 0;
        double below = 0;
        for (var i = 0; i <= Nodes; i++)
        {
            var distance = x - Math.Cos(Math.PI * i / Nodes);
            if (Math.Abs(distance) < 1e-14)
                return heights[i];

            var weight = ((i & 1) == 0 ? 1 : -1) * (i is 0 or Nodes ? 0.5 : 1) / distance;
            above += weight * heights[i];
            below += weight;
        }

        return Math.Max(0, above / below);
    }

    private static double Square(double x) => x * x;
}
