using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// Crank-Nicolson on equally spaced nodes in S, for U_tau = 1/2 s^2 S^2 U_SS + r S U_S - r U with given end values.
/// Each step consists of an implicit Euler solve up to its midpoint and an extrapolation to its end: twice the midpoint
/// value minus the old value. The first steps after a kink consist of two implicit half steps instead, which damp
/// oscillations that Crank-Nicolson would preserve (Rannacher, Numer. Math. 43 (1984) 309-327).
/// </summary>
internal sealed class UniformMarch
{
    /// <summary>
    /// The number of damped steps after a kink. With two, prices and their second derivatives remain second-order
    /// accurate.
    /// </summary>
    private const int Damped = 2;

    private readonly double _rate;
    private readonly double[] _variances;
    private readonly double[] _lower;
    private readonly double[] _diagonal;
    private readonly double[] _upper;
    private readonly double[] _solved;

    /// <summary>The time step for which the rows are factorised; 0 if they are not factorised.</summary>
    private double _factored;

    /// <summary>The entries of the first and last inner rows that multiply the end values.</summary>
    private double _besideLow;
    private double _besideHigh;

    /// <param name="low">The first node.</param>
    public UniformMarch(double low, double step, int nodes, double rate)
    {
        Step = step;
        _rate = rate;
        Spots = new double[nodes];
        Values = new double[nodes];
        _variances = new double[nodes];
        _lower = new double[nodes];
        _diagonal = new double[nodes];
        _upper = new double[nodes];
        _solved = new double[nodes];
        for (var j = 0; j < nodes; j++)
            Spots[j] = low + (j * step);
    }

    public double Step { get; }

    public double[] Spots { get; }

    public double[] Values { get; }

    /// <summary>Advances the values through the given times to maturity.</summary>
    /// <param name="times">Increasing times to maturity; the current values belong to the first.</param>
    /// <param name="variance">
    /// s^2 as a function of spot and time to maturity; evaluated only once if <paramref name="constant"/> is true.
    /// </param>
    /// <param name="ends">The values of the first and the last node as a function of the time to maturity.</param>
    public void March(
        ReadOnlySpan<double> times,
        Func<double, double, double> variance,
        bool constant,
        Func<double, (double Low, double High)> ends
    )
    {
        if (constant)
            Evaluate(variance, times[0]);

        for (var k = 1; k < times.Length; k++)
        {
            Cancellation.Check();
            var half = 0.5 * (times[k] - times[k - 1]);
            var middle = times[k - 1] + half;
            if (!constant)
                Evaluate(variance, middle);

            Euler(half, ends(middle));
            if (k <= Damped)
            {
                _solved.CopyTo(Values, 0);
                Euler(half, ends(times[k]));
                _solved.CopyTo(Values, 0);
            }
            else
            {
                for (var j = 0; j < Values.Length; j++)
                    Values[j] = (2 * _solved[j]) - Values[j];

                (Values[0], Values[^1]) = ends(times[k]);
            }
        }
    }

    /// <summary>
    /// Advances the values of a put that may be exercised for max(K - S, 0) at any time. Every solve is a
    /// complementarity problem. Each step performs its explicit half first, because an extrapolated value could fall
    /// below the exercise value.
    /// </summary>
    public void MarchAbove(
        ReadOnlySpan<double> times,
        double strike,
        Func<double, double, double> variance,
        Func<double, (double Low, double High)> ends
    )
    {
        Evaluate(variance, times[0]);
        var floor = new double[Values.Length];
        for (var j = 0; j < floor.Length; j++)
            floor[j] = Math.Max(0, strike - Spots[j]);

        for (var k = 1; k < times.Length; k++)
        {
            Cancellation.Check();
            var half = 0.5 * (times[k] - times[k - 1]);
            if (k <= Damped)
            {
                EulerAbove(Values, half, floor, ends(times[k - 1] + half));
                EulerAbove(Values, half, floor, ends(times[k]));
            }
            else
            {
                Explicit(half);
                EulerAbove(_solved, half, floor, ends(times[k]));
            }
        }
    }

    /// <summary>
    /// Returns times at equal steps in the square root of time. Their spacing therefore grows linearly.
    /// </summary>
    public static double[] Graded(double from, double to, int steps)
    {
        var times = new double[steps + 1];
        for (var k = 0; k <= steps; k++)
        {
            var root = (double)k / steps;
            times[k] = from + ((to - from) * root * root);
        }

        return times;
    }

    public static double[] Equal(double from, double to, int steps)
    {
        var times = new double[steps + 1];
        for (var k = 0; k <= steps; k++)
            times[k] = from + ((to - from) * k / steps);

        return times;
    }

    private void Evaluate(Func<double, double, double> variance, double tau)
    {
        for (var j = 0; j < _variances.Length; j++)
            _variances[j] = variance(Spots[j], tau);

        _factored = 0;
    }

    private void Rows(double dt)
    {
        var perStep = 1 / Step;
        for (var j = 1; j < Values.Length - 1; j++)
        {
            var diffusion = 0.5 * dt * _variances[j] * Spots[j] * Spots[j] * perStep * perStep;
            var drift = 0.5 * dt * _rate * Spots[j] * perStep;
            _lower[j] = drift - diffusion;
            _upper[j] = -drift - diffusion;
            _diagonal[j] = 1 + (2 * diffusion) + (dt * _rate);
        }
    }

    private void Euler(double dt, (double Low, double High) ends)
    {
        // Equal steps may differ by a rounding error. The factorisation is reused if the difference is no larger than
        // that.
        if (Math.Abs(dt - _factored) > 1e-9 * dt)
        {
            Rows(dt);
            (_besideLow, _besideHigh) = (_lower[1], _upper[^2]);
            _lower[1] = 0;
            _upper[^2] = 0;
            Tridiagonal.Factor(_lower.AsSpan(1..^1), _diagonal.AsSpan(1..^1), _upper.AsSpan(1..^1));
            _factored = dt;
        }

        Values.CopyTo(_solved, 0);
        _solved[0] = ends.Low;
        _solved[^1] = ends.High;
        _solved[1] -= _besideLow * ends.Low;
        _solved[^2] -= _besideHigh * ends.High;
        Tridiagonal.SolveFactored(
            _lower.AsSpan(1..^1),
            _diagonal.AsSpan(1..^1),
            _upper.AsSpan(1..^1),
            _solved.AsSpan(1..^1)
        );
    }

    private void EulerAbove(double[] from, double dt, double[] floor, (double Low, double High) ends)
    {
        Rows(dt);
        from.CopyTo(Values, 0);
        Close(Values, ends);
        Tridiagonal.SolveAboveFloor(
            _lower.AsSpan(1..^1),
            _diagonal.AsSpan(1..^1),
            _upper.AsSpan(1..^1),
            Values.AsSpan(1..^1),
            floor.AsSpan(1..^1)
        );
    }

    /// <summary>Computes solved = (I + dt A) values.</summary>
    private void Explicit(double dt)
    {
        Rows(dt);
        for (var j = 1; j < Values.Length - 1; j++)
            _solved[j] = ((2 - _diagonal[j]) * Values[j]) - (_lower[j] * Values[j - 1]) - (_upper[j] * Values[j + 1]);
    }

    /// <summary>Moves the known end values to the right-hand side.</summary>
    private void Close(double[] right, (double Low, double High) ends)
    {
        right[0] = ends.Low;
        right[^1] = ends.High;
        right[1] -= _lower[1] * ends.Low;
        right[^2] -= _upper[^2] * ends.High;
        _lower[1] = 0;
        _upper[^2] = 0;
    }
}
