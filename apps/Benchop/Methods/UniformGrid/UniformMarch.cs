using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// Crank-Nicolson on nodes equally spaced in S, for U_tau = 1/2 s^2 S^2 U_SS + r S U_S - r U with given end values. A
/// step is an implicit
/// Euler solve to its middle and the reflection of the old value in what came out; the first steps after each kink are
/// two such
/// half steps without the reflection, which damp what Crank-Nicolson would carry along (Rannacher, Numer. Math. 43
/// (1984) 309-327).
/// </summary>
internal sealed class UniformMarch
{
    /// <summary>
    /// Steps that are damped after a kink: with two, prices and their second derivatives keep second order.
    /// </summary>
    private const int Damped = 2;

    private readonly double rate;
    private readonly double[] variances;
    private readonly double[] lower;
    private readonly double[] diagonal;
    private readonly double[] upper;
    private readonly double[] solved;

    /// <summary>The step for which the rows stand eliminated; 0 when none.</summary>
    private double factored;

    /// <summary>What the end rows had beside them.</summary>
    private double besideLow;
    private double besideHigh;

    /// <param name="low">The first node.</param>
    public UniformMarch(double low, double step, int nodes, double rate)
    {
        Step = step;
        this.rate = rate;
        Spots = new double[nodes];
        Values = new double[nodes];
        variances = new double[nodes];
        lower = new double[nodes];
        diagonal = new double[nodes];
        upper = new double[nodes];
        solved = new double[nodes];
        for (int j = 0; j < nodes; j++)
        {
            Spots[j] = low + (j * step);
        }
    }

    public double Step { get; }

    public double[] Spots { get; }

    public double[] Values { get; }

    /// <summary>Marches from one time to maturity to a later one along the given times.</summary>
    /// <param name="times">Increasing times to maturity, the first where the values stand now.</param>
    /// <param name="variance">s^2 of a spot at a time to maturity; asked once when <paramref name="constant"/>.</param>
    /// <param name="ends">The values of the first and the last node at a time to maturity.</param>
    public void March(
        ReadOnlySpan<double> times,
        Func<double, double, double> variance,
        bool constant,
        Func<double, (double Low, double High)> ends
    )
    {
        if (constant)
        {
            Evaluate(variance, times[0]);
        }

        for (int k = 1; k < times.Length; k++)
        {
            double half = 0.5 * (times[k] - times[k - 1]);
            double middle = times[k - 1] + half;
            if (!constant)
            {
                Evaluate(variance, middle);
            }

            Euler(half, ends(middle));
            if (k <= Damped)
            {
                solved.CopyTo(Values, 0);
                Euler(half, ends(times[k]));
                solved.CopyTo(Values, 0);
            }
            else
            {
                for (int j = 0; j < Values.Length; j++)
                {
                    Values[j] = (2 * solved[j]) - Values[j];
                }

                (Values[0], Values[^1]) = ends(times[k]);
            }
        }
    }

    /// <summary>
    /// The same for a put that may be exercised for max(K - S, 0) at any time: every solve is a complementarity
    /// problem, and the step takes
    /// the explicit half first, because a reflected value could fall below the floor.
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
        for (int j = 0; j < floor.Length; j++)
        {
            floor[j] = Math.Max(0, strike - Spots[j]);
        }

        for (int k = 1; k < times.Length; k++)
        {
            double half = 0.5 * (times[k] - times[k - 1]);
            if (k <= Damped)
            {
                EulerAbove(Values, half, floor, ends(times[k - 1] + half));
                EulerAbove(Values, half, floor, ends(times[k]));
            }
            else
            {
                Explicit(half);
                EulerAbove(solved, half, floor, ends(times[k]));
            }
        }
    }

    /// <summary>
    /// Times from one to another whose distances grow in proportion to their number: equal steps in the square root.
    /// </summary>
    public static double[] Graded(double from, double to, int steps)
    {
        var times = new double[steps + 1];
        for (int k = 0; k <= steps; k++)
        {
            double root = (double)k / steps;
            times[k] = from + ((to - from) * root * root);
        }

        return times;
    }

    public static double[] Equal(double from, double to, int steps)
    {
        var times = new double[steps + 1];
        for (int k = 0; k <= steps; k++)
        {
            times[k] = from + ((to - from) * k / steps);
        }

        return times;
    }

    private void Evaluate(Func<double, double, double> variance, double tau)
    {
        for (int j = 0; j < variances.Length; j++)
        {
            variances[j] = variance(Spots[j], tau);
        }

        factored = 0;
    }

    private void Rows(double dt)
    {
        double perStep = 1 / Step;
        for (int j = 1; j < Values.Length - 1; j++)
        {
            double diffusion = 0.5 * dt * variances[j] * Spots[j] * Spots[j] * perStep * perStep;
            double drift = 0.5 * dt * rate * Spots[j] * perStep;
            lower[j] = drift - diffusion;
            upper[j] = -drift - diffusion;
            diagonal[j] = 1 + (2 * diffusion) + (dt * rate);
        }
    }

    private void Euler(double dt, (double Low, double High) ends)
    {
        // Equal steps differ by rounding; while they do the elimination serves again.
        if (Math.Abs(dt - factored) > 1e-9 * dt)
        {
            Rows(dt);
            (besideLow, besideHigh) = (lower[1], upper[^2]);
            lower[1] = 0;
            upper[^2] = 0;
            Tridiagonal.Factor(lower.AsSpan(1..^1), diagonal.AsSpan(1..^1), upper.AsSpan(1..^1));
            factored = dt;
        }

        Values.CopyTo(solved, 0);
        solved[0] = ends.Low;
        solved[^1] = ends.High;
        solved[1] -= besideLow * ends.Low;
        solved[^2] -= besideHigh * ends.High;
        Tridiagonal.SolveFactored(
            lower.AsSpan(1..^1),
            diagonal.AsSpan(1..^1),
            upper.AsSpan(1..^1),
            solved.AsSpan(1..^1)
        );
    }

    private void EulerAbove(double[] from, double dt, double[] floor, (double Low, double High) ends)
    {
        Rows(dt);
        from.CopyTo(Values, 0);
        Close(Values, ends);
        Tridiagonal.SolveAboveFloor(
            lower.AsSpan(1..^1),
            diagonal.AsSpan(1..^1),
            upper.AsSpan(1..^1),
            Values.AsSpan(1..^1),
            floor.AsSpan(1..^1)
        );
    }

    /// <summary>solved = (I + dt A) values.</summary>
    private void Explicit(double dt)
    {
        Rows(dt);
        for (int j = 1; j < Values.Length - 1; j++)
        {
            solved[j] = ((2 - diagonal[j]) * Values[j]) - (lower[j] * Values[j - 1]) - (upper[j] * Values[j + 1]);
        }
    }

    /// <summary>Moves the known end values to the right-hand side.</summary>
    private void Close(double[] right, (double Low, double High) ends)
    {
        right[0] = ends.Low;
        right[^1] = ends.High;
        right[1] -= lower[1] * ends.Low;
        right[^2] -= upper[^2] * ends.High;
        lower[1] = 0;
        upper[^2] = 0;
    }
}
