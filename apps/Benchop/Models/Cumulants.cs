namespace Headrace.Apps.Benchop.Models;

/// <summary>Mean, variance and fourth cumulant of a log-return.</summary>
internal readonly record struct Cumulants(double Mean, double Variance, double Fourth)
{
    /// <summary>The standard deviation, widened for tails heavier than the normal law's.</summary>
    public double Spread => Math.Sqrt(Variance + Math.Sqrt(Math.Abs(Fourth)));
}
