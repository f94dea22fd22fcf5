using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// The exercise boundary b(t) = B/K of an American put, where t is the time to maturity. ln^2 b is interpolated at
/// Chebyshev nodes in sqrt(t), and its values at the nodes are found by fixed-point iteration on one of two equations
/// (Andersen, Lake, Offengenden 2016, J. Computational Finance 20). Time integrals are computed by the tanh-sinh rule,
/// which remains accurate for integrands with singular end points.
/// </summary>
internal sealed class ExerciseBoundary
{
    private const int MaxSweeps = 200;

    private readonly double _maturity;
    private readonly double _rate;
    private readonly double _sigma;
    private readonly double[] _height;
    private readonly (double Node, double Weight)[] _rule;

    /// <param name="slopes">True for smooth pasting (slopes match), false for value matching.</param>
    /// <param name="step">Step of the tanh-sinh rule.</param>
    public ExerciseBoundary(double maturity, double rate, double sigma, int nodes, double step, bool slopes)
    {
        (_maturity, _rate, _sigma) = (maturity, rate, sigma);
        _height = new double[nodes + 1];
        _rule = TanhSinh(step);
        if (rate > 0)
            Solve(slopes);
    }

    public double At(double time) => Math.Exp(-Math.Sqrt(Interpolated(time)));

    /// <summary>r int_0^T e^{-ru} N(-d2(x/b(T - u), u)) du for a spot of x times the strike.</summary>
    public double Premium(double x)
    {
        double sum = 0;
        foreach (var (y, weight) in _rule)
        {
            var u = _maturity * y * y;
            sum += weight * y * Math.Exp(-_rate * u) * Normal.Cdf(-D2(x / At(_maturity - u), u));
        }

        return 2 * _rate * _maturity * sum;
    }

    private void Solve(bool slopes)
    {
        var last = _height.Length - 1;
        var perpetual = 2 * _rate / ((_sigma * _sigma) + (2 * _rate));
        for (var i = 1; i <= last; i++)
        {
            var start = perpetual + ((1 - perpetual) * Math.Exp(-_sigma * Math.Sqrt(8 * Time(i)) / (1 - perpetual)));
            _height[i] = Math.Pow(Math.Log(start), 2);
        }

        for (var sweep = 0; sweep < MaxSweeps; sweep++)
        {
            // Far from the solution, iteration on the smooth-pasting equation overshoots, so the first sweeps use the
            // value-matching equation, which does not.
            var useSlopes = slopes && sweep >= 6;
            double change = 0;
            double[] next = [.. _height];
            for (var i = 1; i <= last; i++)
            {
                Cancellation.Check();
                var b = Math.Exp(-Math.Sqrt(_height[i]));
                var updated = Math.Clamp(useSlopes ? BySlopes(Time(i), b) : ByValues(Time(i), b), perpetual, 1);
                updated = useSlopes ? 0.5 * (updated + b) : updated;
                next[i] = Math.Pow(Math.Log(updated), 2);
                change = Math.Max(change, Math.Abs(updated - b));
            }

            next.CopyTo(_height, 0);
            // The sum of all further changes would be about ten times the last change.
            if (change < 1e-12)
                return;
        }
    }

    private double ByValues(double time, double b)
    {
        double sum = 0;
        foreach (var (y, weight) in _rule)
        {
            var u = time * y * y;
            sum += weight * y * Math.Exp(-_rate * u) * Normal.Cdf(D2(b / At(time - u), u));
        }

        var d2 = D2(b, time);
        return ((Math.Exp(-_rate * time) * Normal.Cdf(d2)) + (2 * _rate * time * sum))
            / Normal.Cdf(d2 + (_sigma * Math.Sqrt(time)));
    }

    private double BySlopes(double time, double b)
    {
        // The substitution du = 2 * time * y dy cancels the 1/sqrt(u) of the density.
        double sum = 0;
        foreach (var (y, weight) in _rule)
        {
            var u = time * y * y;
            sum += weight * Math.Exp(-_rate * u) * Normal.Density(D2(b / At(time - u), u));
        }

        var v = _sigma * Math.Sqrt(time);
        var d2 = D2(b, time);
        var above = (Math.Exp(-_rate * time) * Normal.Density(d2) / v) + (2 * _rate * Math.Sqrt(time) / _sigma * sum);
        return above / ((Normal.Density(d2 + v) / v) + Normal.Cdf(d2 + v));
    }

    private double D2(double ratio, double time)
    {
        var v = _sigma * Math.Sqrt(time);
        return v == 0
            ? (
                ratio > 1 ? 40
                : ratio < 1 ? -40
                : 0
            )
            : ((Math.Log(ratio) + (_rate * time)) / v) - (0.5 * v);
    }

    private double Time(int node)
    {
        var root = 0.5 * (1 - Math.Cos(Math.PI * node / (_height.Length - 1)));
        return _maturity * root * root;
    }

    private double Interpolated(double time)
    {
        var last = _height.Length - 1;
        var x = 1 - (2 * Math.Sqrt(Math.Max(0, time) / _maturity));
        double above = 0;
        double below = 0;
        for (var i = 0; i <= last; i++)
        {
            var distance = x - Math.Cos(Math.PI * i / last);
            if (distance == 0)
                return _height[i];

            var weight = ((i & 1) == 0 ? 1 : -1) * (i == 0 || i == last ? 0.5 : 1) / distance;
            above += weight * _height[i];
            below += weight;
        }

        return Math.Max(0, above / below);
    }

    /// <summary>Nodes on (0, 1): y = (1 + tanh(pi/2 sinh t))/2.</summary>
    private static (double Node, double Weight)[] TanhSinh(double step)
    {
        var rule = new List<(double, double)>();
        for (var j = (int)(-3.2 / step); j <= (int)(3.2 / step); j++)
        {
            var t = j * step;
            var inner = 0.5 * Math.PI * Math.Sinh(t);
            var cosh = Math.Cosh(inner);
            rule.Add((1 / (1 + Math.Exp(-2 * inner)), step * 0.25 * Math.PI * Math.Cosh(t) / (cosh * cosh)));
        }

        return [.. rule];
    }
}
