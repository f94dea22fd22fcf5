using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>P(X &lt;= a, Y &lt;= b) for standard normal variables with correlation rho.</summary>
internal static class BivariateNormal
{
    /// <summary>
    /// Sheppard's formula: N(a) N(b) plus the density at (a, b) integrated over the correlation, with the substitution
    /// rho = sin(theta), which removes the singularity at the end of the interval.
    /// </summary>
    public static double Cdf(double a, double b, double rho)
    {
        var rest = Integral.Of(
            theta =>
            {
                var (sin, cos) = Math.SinCos(theta);
                return Math.Exp(-((a * a) - (2 * a * b * sin) + (b * b)) / (2 * cos * cos));
            },
            0,
            Math.Asin(rho),
            12
        );
        return (Normal.Cdf(a) * Normal.Cdf(b)) + (rest / (2 * Math.PI));
    }
}
