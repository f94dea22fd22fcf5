using System.Numerics;
using System.Runtime.InteropServices;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// The modified Craig-Sneyd scheme of K. J. in 't Hout and B. D. Welfert, Appl. Numer. Math. 59 (2009) 677-692: it is
/// second-order accurate in time with explicit mixed derivatives, and unconditionally stable in two dimensions for
/// theta >= 1/3 (with convection: in 't Hout and Mishra, SIAM J. Numer. Anal. 49 (2011)). Implicit Euler steps
/// (Douglas, theta = 1) of length dt/3 first damp the kink of the payoff; both schemes use the same matrices.
/// </summary>
internal static class CraigSneyd
{
    private const double Theta = 1.0 / 3;

    /// <summary>Number of steps of the scheme that are replaced by damping steps.</summary>
    private const int Damped = 2;

    public static int ScratchSize(int count) => 8 * count;

    public static int ExtrapolatedScratchSize(int count) => 9 * count;

    /// <summary>
    /// Runs the scheme with the given number of steps and with twice as many, and combines the results so that the
    /// second-order term of the error cancels.
    /// </summary>
    public static void MarchExtrapolated(
        SplitOperator a,
        double duration,
        int steps,
        Span<double> u,
        Span<double> scratch
    )
    {
        var coarse = scratch[..a.Count];
        u.CopyTo(coarse);
        March(a, duration, steps, coarse, scratch[a.Count..]);
        March(a, duration, 2 * steps, u, scratch[a.Count..]);
        for (var i = 0; i < u.Length; i++)
            u[i] += (u[i] - coarse[i]) / 3;
    }

    public static void March(SplitOperator a, double duration, int steps, Span<double> u, Span<double> scratch)
    {
        var n = a.Count;
        var dt = duration / steps;
        var length = Theta * dt;
        a.Factor(length);
        var mixed = scratch[..n];
        var first = scratch.Slice(n, n);
        var second = scratch.Slice(2 * n, n);
        var predicted = scratch.Slice(3 * n, n);
        var mixed2 = scratch.Slice(4 * n, n);
        var first2 = scratch.Slice(5 * n, n);
        var second2 = scratch.Slice(6 * n, n);
        var y = scratch.Slice(7 * n, n);
        var damped = Math.Min(Damped, steps);
        for (var step = 0; step < 3 * damped; step++)
        {
            Cancellation.Check();
            a.Apply(u, mixed, first, second);
            Predict(u, mixed, first, second, length, length, predicted, y);
            a.SolveFirst(y);
            Subtract(y, second, length);
            a.SolveSecond(y);
            y.CopyTo(u);
        }

        for (var step = damped; step < steps; step++)
        {
            Cancellation.Check();
            a.Apply(u, mixed, first, second);
            Predict(u, mixed, first, second, dt, length, predicted, y);
            a.SolveFirst(y);
            Subtract(y, second, length);
            a.SolveSecond(y);
            a.Apply(y, mixed2, first2, second2);
            Correct(predicted, mixed, first, second, mixed2, first2, second2, dt, length, u);
            a.SolveFirst(u);
            Subtract(u, second, length);
            a.SolveSecond(u);
        }
    }

    /// <summary>Computes predicted = u + dt A u and y = predicted - length * A1 u.</summary>
    private static void Predict(
        ReadOnlySpan<double> u,
        ReadOnlySpan<double> mixed,
        ReadOnlySpan<double> first,
        ReadOnlySpan<double> second,
        double dt,
        double length,
        Span<double> predicted,
        Span<double> y
    )
    {
        var vu = Lanes(u);
        var vm = Lanes(mixed);
        var v1 = Lanes(first);
        var v2 = Lanes(second);
        var vp = Lanes(predicted);
        var vy = Lanes(y);
        for (var i = 0; i < vu.Length; i++)
        {
            vp[i] = vu[i] + (dt * (vm[i] + v1[i] + v2[i]));
            vy[i] = vp[i] - (length * v1[i]);
        }

        for (var i = vu.Length * Vector<double>.Count; i < u.Length; i++)
        {
            predicted[i] = u[i] + (dt * (mixed[i] + first[i] + second[i]));
            y[i] = predicted[i] - (length * first[i]);
        }
    }

    /// <summary>
    /// Computes u = predicted + length * (A0 y - A0 u) + (dt/2 - length) * (A y - A u) - length * A1 u.
    /// </summary>
    private static void Correct(
        ReadOnlySpan<double> predicted,
        ReadOnlySpan<double> mixed,
        ReadOnlySpan<double> first,
        ReadOnlySpan<double> second,
        ReadOnlySpan<double> mixed2,
        ReadOnlySpan<double> first2,
        ReadOnlySpan<double> second2,
        double dt,
        double length,
        Span<double> u
    )
    {
        var rest = (0.5 * dt) - length;
        var vp = Lanes(predicted);
        var vm = Lanes(mixed);
        var v1 = Lanes(first);
        var v2 = Lanes(second);
        var wm = Lanes(mixed2);
        var w1 = Lanes(first2);
        var w2 = Lanes(second2);
        var vu = Lanes(u);
        for (var i = 0; i < vu.Length; i++)
            vu[i] =
                vp[i]
                + ((length + rest) * (wm[i] - vm[i]))
                + (rest * (w1[i] - v1[i] + w2[i] - v2[i]))
                - (length * v1[i]);

        for (var i = vu.Length * Vector<double>.Count; i < u.Length; i++)
            u[i] =
                predicted[i]
                + ((length + rest) * (mixed2[i] - mixed[i]))
                + (rest * (first2[i] - first[i] + second2[i] - second[i]))
                - (length * first[i]);
    }

    private static void Subtract(Span<double> y, ReadOnlySpan<double> a, double length)
    {
        var vy = Lanes(y);
        var va = Lanes(a);
        for (var i = 0; i < vy.Length; i++)
            vy[i] -= length * va[i];

        for (var i = vy.Length * Vector<double>.Count; i < y.Length; i++)
            y[i] -= length * a[i];
    }

    private static Span<Vector<double>> Lanes(Span<double> numbers) =>
        MemoryMarshal.Cast<double, Vector<double>>(numbers);

    private static ReadOnlySpan<Vector<double>> Lanes(ReadOnlySpan<double> numbers) =>
        MemoryMarshal.Cast<double, Vector<double>>(numbers);
}
