using System.Buffers;

namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>Backward induction on a lattice.</summary>
internal static class LatticeWalk
{
    /// <summary>
    /// The forward value of max(sign (F - strike), 0), which may be taken before maturity where the policy says so.
    /// </summary>
    /// <param name="sign">1 for a call, -1 for a put.</param>
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

    /// <summary>values = max(values, sign (factor F - strike)) on one level.</summary>
    /// <param name="kinked">
    /// True where the two cross at an angle, whose samples are then put right; under exercise at all times they touch.
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
    /// The maximum has a kink at a fraction d between two nodes; its samples fold high frequencies back, by an amount
    /// that jumps with d from one
    /// number of steps to the next. An average over a hat as wide as two node distances, less its own second moment,
    /// removes that up to
    /// the fourth power of the distance; it changes the two nodes beside the kink only (after Kreiss, Thomee and
    /// Widlund, Comm. Pure
    /// Appl. Math. 23 (1970) 241-259). Then the error is a smooth series in 1/n, which extrapolation needs.
    /// </summary>
    private static void Correct(Span<double> values, ReadOnlySpan<double> gains, int crossed)
    {
        var low = gains[crossed - 1];
        var high = gains[crossed];
        var curvature = 0.5 * (gains[crossed + 1] - high - low + gains[crossed - 2]);

        // gain(d) = low + d (high - low) - d (1 - d) curvature / 2 between the nodes: the root of the line, then one
        // Newton step.
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

    /// <summary>Per jump of the slope; distance from node to kink in node distances.</summary>
    private static double Tent(double distance)
    {
        var near = 1 - distance;
        return near * ((near * near / 6) - (1.0 / 12));
    }

    /// <summary>Per jump of the second derivative, above the kink; the same with the other sign below it.</summary>
    private static double Lean(double distance)
    {
        var square = (1 - distance) * (1 - distance);
        return square * (1 - square) / 24;
    }
}
