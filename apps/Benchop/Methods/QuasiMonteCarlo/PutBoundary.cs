using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.QuasiMonteCarlo;

/// <summary>
/// A family of exercise boundaries B(tau), where tau is the time to maturity. ln(K/B) is the product of 1 - exp(-(a v +
/// b v^2 + c v^3)), with v = sqrt(tau/T), and the value of ln(K/B) for the perpetual put. If b = c = 0, the boundary is
/// close to that of G. Barone-Adesi and R. E. Whaley (1987), J. Finance 42, 301-320.
/// </summary>
internal readonly record struct PutBoundary(
    double LogStrike,
    double PerpetualDepth,
    double Maturity,
    double A,
    double B,
    double C
)
{
    public static PutBoundary Initial(AmericanPut put, BlackScholes model)
    {
        // For the perpetual put, B = K g / (1 + g) with g = 2 r / sigma^2, so ln(K/B) = ln(1 + 1/g).
        var depth = Math.Log(1 + (model.Volatility * model.Volatility / (2 * model.Rate)));
        var slope = 2 * model.Volatility * Math.Sqrt(put.Maturity) / (1 - Math.Exp(-depth));
        return new PutBoundary(Math.Log(put.Strike), depth, put.Maturity, slope, 0, 0);
    }

    public double Log(double timeToMaturity)
    {
        var v = Math.Sqrt(Math.Max(0, timeToMaturity) / Maturity);
        var power = v * (A + (v * (B + (v * C))));
        return LogStrike - (PerpetualDepth * (1 - Math.Exp(-Math.Max(0, power))));
    }
}
