using System.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Lewis' formula (2000) along the contour Im u = -1/2: C = A - sqrt(A K')/pi int_0^inf Re[e^{-iuk} f(u - i/2)]/(u^2 +
/// 1/4) du, k = ln(K'/A).
/// </summary>
internal static class LewisIntegral
{
    /// <param name="cut">The frequency beyond which the integrand is below the rounding error.</param>
    public static double Call(double asset, double strike, Func<Complex, Complex> characteristic, double cut)
    {
        var k = Math.Log(strike / asset);

        var integral = Integral.Spread(
            u => (characteristic(new Complex(u, -0.5)) * Complex.Exp(new Complex(0, -u * k))).Real / ((u * u) + 0.25),
            cut
        );
        return asset - (Math.Sqrt(asset * strike) / Math.PI * integral);
    }
}
