using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>The interval on which a density is expanded.</summary>
internal readonly record struct CosRange(double Low, double High)
{
    /// <summary>
    /// Deviations on each side. Eight leave 1e-15 of a normal law; the fourth cumulant widens the range of heavier
    /// tails. More would only
    /// ask for more terms.
    /// </summary>
    public const double Reach = 8;

    public double Width => High - Low;

    public static CosRange Of(Cumulants cumulants)
    {
        var half = Reach * cumulants.Spread;
        return new(cumulants.Mean - half, cumulants.Mean + half);
    }

    /// <summary>The same, widened to where jumps too rare for the cumulants to show still carry weight.</summary>
    public static CosRange Of(LogReturn law) => Of(law, law.Cumulants());

    public static CosRange Of(LogReturn law, Cumulants cumulants)
    {
        var range = Of(cumulants);
        var (low, high) = law.Outliers;
        return new(Math.Min(range.Low, low), Math.Max(range.High, high));
    }
}
