using System.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>Lewis' formula (2000) along the contour Im u = -1/2: C = A - sqrt(A K')/pi int_0^inf Re[e^{-iuk} f(u - i/2)]/(u^2 + 1/4) du, k = ln(K'/A).</summary>
internal static class LewisIntegral
{
    /// <param name="cut">Where the integrand is below rounding.</param>
    public static double Call(double asset, double strike, Func<Complex, Complex> characteristic, double cut)
    {
        double k = Math.Log(strike / asset);

        // u = x^2/(1 + x) spreads the nodes thinly where the integrand is flat and keeps the near poles at +-i/2 away from wide panels.
        double end = 0.5 * (cut + Math.Sqrt((cut * cut) + (4 * cut)));
        double integral = Integral.Of(
            x =>
            {
                double u = x * x / (1 + x);
                double slope = ((2 * x) + (x * x)) / ((1 + x) * (1 + x));
                Complex value = characteristic(new Complex(u, -0.5)) * Complex.Exp(new Complex(0, -u * k));
                return slope * value.Real / ((u * u) + 0.25);
            },
            0,
            end,
            120);
        return asset - (Math.Sqrt(asset * strike) / Math.PI * integral);
    }
}
