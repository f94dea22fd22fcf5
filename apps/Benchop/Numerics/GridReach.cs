namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Estimates how far a truncated grid must extend, and which prices a grid and a number of time steps can resolve.
/// </summary>
internal static class GridReach
{
    /// <summary>
    /// The number c of standard deviations by which a grid of n intervals extends beyond spot and strike. The
    /// truncation error is the product of the probability of reaching that point and the time value there, each about
    /// exp(-c^2/2). Their product is n^-4, so truncation does not reduce the order of a fourth-order scheme.
    /// </summary>
    public static double Double(int intervals) => Math.Sqrt(4 * Math.Log(intervals));

    /// <summary>
    /// The corresponding number of standard deviations if only one of the two factors of the truncation error is small.
    /// </summary>
    public static double Single(int intervals) => Math.Sqrt(8 * Math.Log(intervals));

    /// <summary>
    /// The number of time steps that are needed to price an option d deviations out of the money. The size of its value
    /// is determined by the frequency d / deviation. Each of m steps must damp this frequency by exp(d^2 / 2m). A
    /// rational approximation is accurate relative to this factor only if the exponent is of order one.
    /// </summary>
    public static int StepsFor(double deviations) => (int)Math.Min(1e6, Math.Ceiling(deviations * deviations / 1.2));

    /// <summary>
    /// The relative error of a fourth-order scheme for an option d deviations out of the money, with nodes
    /// <paramref name="spacing"/> deviations apart. At the relevant frequency k, the symbol of the compact second
    /// difference has an error of (k h)^4/240, where h is the node spacing. This error acts over the whole time to
    /// maturity.
    /// </summary>
    public static double FourthOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh * kh * kh / 240;
    }

    /// <summary>
    /// The relative error of a scheme with three-point second differences, whose symbol has an error of (k h)^2/12.
    /// </summary>
    public static double SecondOrderLoss(double deviations, double spacing)
    {
        var kh = Math.Max(1, deviations) * spacing;
        return 0.5 * Math.Max(1, deviations * deviations) * kh * kh / 12;
    }
}
