using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Black's formula for an option to exchange an asset worth B today for one worth A today, when ln(A/B) is normal with
/// standard deviation v at maturity. With A = S and B = K e^{-rT} it is the Black-Scholes formula; with two risky
/// assets it is Margrabe's formula.
/// </summary>
/// <remarks>
/// Pricing three spots took 119 ns with MathNet's erfc, 150 ns with this formula for one spot at a time, 59 ns with
/// four lanes and two separate distribution functions, and 55 ns with four lanes that share the density, as here
/// (measured in one run on one server core, 2026-11).
/// </remarks>
internal static class Black
{
    // Below this deviation, the option equals its intrinsic value to the last bit. The lower bound keeps ln(A/B)/v
    // finite.
    private const double MinDeviation = 1e-150;

    public static double Call(double asset, double strike, double deviation) =>
        Call(Vector256.Create(asset), Vector256.Create(strike), Vector256.Create(deviation)).ToScalar();

    public static Vector256<double> Call(Vector256<double> asset, Vector256<double> strike, Vector256<double> deviation)
    {
        deviation = Vector256.Max(deviation, Vector256.Create(MinDeviation));
        var d1 = D1(asset, strike, deviation);
        var d2 = d1 - deviation;

        // Because A n(d1) = B n(d2), one exponential is enough for both tails.
        var mass = asset * Normal.Density(d1);
        var tail1 = mass * Normal.Mills(Vector256.Abs(d1));
        var tail2 = mass * Normal.Mills(Vector256.Abs(d2));
        var zero = Vector256<double>.Zero;
        var received = Vector256.ConditionalSelect(Vector256.GreaterThan(d1, zero), asset - tail1, tail1);
        var paid = Vector256.ConditionalSelect(Vector256.GreaterThan(d2, zero), strike - tail2, tail2);
        return received - paid;
    }

    /// <summary>dCall/dA = N(d1).</summary>
    public static Vector256<double> Delta(
        Vector256<double> asset,
        Vector256<double> strike,
        Vector256<double> deviation
    ) => Normal.Cdf(D1(asset, strike, deviation));

    /// <summary>d2Call/dA2 = n(d1)/(A v).</summary>
    public static Vector256<double> Gamma(
        Vector256<double> asset,
        Vector256<double> strike,
        Vector256<double> deviation
    ) => Normal.Density(D1(asset, strike, deviation)) / (asset * deviation);

    /// <summary>dCall/dv = A n(d1).</summary>
    public static Vector256<double> Vega(
        Vector256<double> asset,
        Vector256<double> strike,
        Vector256<double> deviation
    ) => asset * Normal.Density(D1(asset, strike, deviation));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> D1(
        Vector256<double> asset,
        Vector256<double> strike,
        Vector256<double> deviation
    ) => Vector256.FusedMultiplyAdd(Vector256.Create(0.5), deviation, Vector256.Log(asset / strike) / deviation);
}
