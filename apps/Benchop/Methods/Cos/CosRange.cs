using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>The interval on which a density is expanded.</summary>
internal readonly record struct CosRange(double Low, double High)
{
    /// <summary>
    /// Number of standard deviations on each side. With eight, the neglected tails of a normal distribution have a
    /// probability of 1e-15. For heavier tails, the fourth cumulant widens the range. A wider range would need more
    /// terms without improving the accuracy.
    /// </summary>
    public const double Reach = 8;

    public double Width => High - Low;

    public static CosRange Of(Cumulants cumulants)
    {
        var half = Reach * cumulants.Spread;
        return new(cumulants.Mean - half, cumulants.Mean + half);
    }

    /// <summary>
    /// The range given by the cumulants, widened to cover significant jumps that are too rare to affect the cumulants.
    /// </summary>
    public static CosRange Of(LogReturn law) => Of(law, law.Cumulants());

    public static CosRange Of(LogReturn law, Cumulants cumulants)
    {
        var range = Of(cumulants);
        var (low, high) = law.Outliers;
        return new(Math.Min(range.Low, low), Math.Max(range.High, high));
    }
}
