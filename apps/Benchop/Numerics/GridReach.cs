namespace Headrace.Apps.Benchop.Numerics;

/// <summary>How far a truncated grid must reach, and what a grid and a number of time steps can resolve.</summary>
internal static class GridReach
{
    /// <summary>
    /// The number of deviations beyond spot and strike at which a grid of n intervals ends. The truncation error is the
    /// product of the probability of reaching that point and the time value there, each about exp(-c^2/2): together
    /// n^-4, so truncation does not reduce the order of a fourth-order scheme.
    /// </summary>
    public static double Double(int intervals) => Math.Sqrt(4 * Math.Log(intervals));

    /// <summary>The same when only one of the two factors is small.</summary>
    public static double Single(int intervals) => Math.Sqrt(8 * Math.Log(intervals));

    /// <summary>
    /// Number of time steps for a value d deviations out of the money. The frequency d / deviation determines its size,
    /// and each of m steps must damp it by exp(d^2 / 2m) to relative accuracy, which a rational approximation achieves
    /// only where the exponent is of order one.
    /// </summary>
    public static int StepsFor(double deviations) => (int)Math.Min(1e6, Math.Ceiling(deviations * deviations / 1.2));

    /// <summary>
    /// Relative error of a fourth-order scheme at d deviations out of the money, with nodes <paramref name="spacing"/>
    /// deviations apart: the symbol of the compact second difference errs by (k h)^4/240 at the relevant frequency,
    /// over the whole time.
    /// </summary>
    public static double FourthOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh * kh * kh / 240;
    }

    /// <summary>The same for three-point second differences, whose symbol errs by (k h)^2/12.</summary>
    public static double SecondOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh / 12;
    }
}
