using System.Buffers;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>Backward induction on a lattice.</summary>
internal static class LatticeWalk
{
    /// <summary>
    /// Computes the forward value of max(sign * (F - strike), 0), with early exercise where the policy allows it.
    /// </summary>
    /// <param name="sign">The sign of the payoff: 1 for a call, -1 for a put.</param>
    public static double Value(in Lattice lattice, double sign, double strike, in ExercisePolicy policy)
    {
        var n = lattice.Steps;
        var rented = ArrayPool<double>.Shared.Rent(2 * (n + 1));
        var values = rented.AsSpan(0, n + 1);
        var gains = rented.AsSpan(n + 1, n + 1);
        values.Clear();
        Take(lattice, n, sign, strike, 1, true, values, gains);
        for (var i = n - 1; i >= 0; i--)
        {
            Cancellation.CheckAt(i);
            var level = values[..(i + 1)];
            for (var j = 0; j < level.Length; j++)
                level[j] = 0.5 * (values[j] + values[j + 1]);

            if (policy.Allows(i))
                Take(lattice, i, sign, policy.Strike(i), policy.Factor, policy.IsSingle, level, gains[..(i + 1)]);
        }

        var value = values[0];
        ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <summary>Sets values = max(values, sign * (factor * F - strike)) on one level.</summary>
    /// <param name="kinked">
    /// True if the two arguments of the maximum cross at an angle, so that the samples need a correction. If exercise
    /// is allowed at every level, they meet tangentially and no correction is needed.
    /// </param>
    private static void Take(
        in Lattice lattice,
        int level,
        double sign,
        double strike,
        double factor,
        bool kinked,
        Span<double> values,
        Span<double> gains
    )
    {
        var ratio = Math.Exp(2 * lattice.Half);
        var price = factor * lattice.Price(level, 0);
        var crossed = -1;
        for (var j = 0; j < values.Length; j++)
        {
            var gain = (sign * (price - strike)) - values[j];
            gains[j] = gain;
            if (j > 0 && (gain > 0) != (gains[j - 1] > 0))
                crossed = j;

            values[j] += Math.Max(gain, 0);
            price *= ratio;
        }

        if (kinked && crossed > 1 && crossed < values.Length - 1)
            Correct(values, gains, crossed);
    }

    /// <summary>
    /// Corrects the samples for a kink of the maximum at a fraction d between two nodes. Sampling aliases high
    /// frequencies by an amount that depends on d, which changes erratically with the number of steps. Averaging over a
    /// hat function two node spacings wide, with its own second moment subtracted, removes this error up to the fourth
    /// power of the spacing and changes only the two nodes next to the kink (after Kreiss, Thomee and Widlund, Comm.
    /// Pure Appl. Math. 23 (1970) 241-259). The error is then a smooth series in 1/n, as extrapolation requires.
    /// </summary>
    private static void Correct(Span<double> values, ReadOnlySpan<double> gains, int crossed)
    {
        var low = gains[crossed - 1];
        var high = gains[crossed];
        var curvature = 0.5 * (gains[crossed + 1] - high - low + gains[crossed - 2]);

        // Between the nodes gain(d) = low + d (high - low) - d (1 - d) * curvature/2. The root of the linear part is
        // refined by one Newton step.
        var rise = high - low;
        var d = -low / rise;
        var value = 0.5 * curvature * d * (d - 1);
        d = Math.Clamp(d - (value / (rise + (curvature * (d - 0.5)))), 0, 1);
        double direction = Math.Sign(rise);
        var slope = direction * (rise + (curvature * (d - 0.5)));
        var bend = direction * curvature;
        values[crossed - 1] += (slope * Tent(d)) - (bend * Lean(d));
        values[crossed] += (slope * Tent(1 - d)) + (bend * Lean(1 - d));
    }

    /// <summary>
    /// The correction for a unit jump in the slope. The distance from the node to the kink is measured in node
    /// spacings.
    /// </summary>
    private static double Tent(double distance)
    {
        var near = 1 - distance;
        return near * ((near * near / 6) - (1.0 / 12));
    }

    /// <summary>
    /// The correction for a unit jump in the second derivative, above the kink. Below the kink, its sign is reversed.
    /// </summary>
    private static double Lean(double distance)
    {
        var square = (1 - distance) * (1 - distance);
        return square * (1 - square) / 24;
    }
}
