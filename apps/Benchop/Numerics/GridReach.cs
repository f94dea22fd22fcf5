namespace Headrace.Apps.Benchop.Numerics;

/// <summary>How far a truncated grid must reach, and what a grid and a number of steps can resolve.</summary>
internal static class GridReach
{
    /// <summary>
    /// Deviations beyond spot and strike at which a grid of n intervals ends. Cutting there errs by the product of the
    /// chance to get there
    /// and of the time value there, each about exp(-c^2/2): together n^-4, so the cut never limits a fourth-order
    /// scheme.
    /// </summary>
    public static double Double(int intervals) => Math.Sqrt(4 * Math.Log(intervals));

    /// <summary>The same where only one of the two factors is small.</summary>
    public static double Single(int intervals) => Math.Sqrt(8 * Math.Log(intervals));

    /// <summary>
    /// Time steps that a value d deviations out of the money needs. Its size comes from the frequency d / deviation,
    /// which each of m steps
    /// must damp by exp(d^2 / 2m) to relative accuracy: a rational approximation does so only where the exponent is of
    /// order one.
    /// </summary>
    public static int StepsFor(double deviations) => (int)Math.Min(1e6, Math.Ceiling(deviations * deviations / 1.2));

    /// <summary>
    /// Relative error of a fourth-order scheme at d deviations out of the money, where nodes lie
    /// <paramref name="spacing"/> deviations
    /// apart: the symbol of the compact second difference is wrong by (k h)^4/240 at the frequency that matters, for
    /// the whole time.
    /// </summary>
    public static double FourthOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh * kh * kh / 240;
    }

    /// <summary>The same for three-point second differences, whose symbol is wrong by (k h)^2/12.</summary>
    public static double SecondOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh / 12;
    }
}
