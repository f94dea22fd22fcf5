using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// Computes the difference between Lewis' integrals of the Heston call and of a Black-Scholes call by the midpoint
/// rule: C = C_BS + sqrt(F K) D / pi * int_0^inf Re[e^{-iuk} (f_BS - f)(u - i/2)] / (u^2 + 1/4) du, k = ln(K/F).
/// </summary>
/// <remarks>
/// Subtracting the normal characteristic function removes the poles at +-i/2 (both functions agree there), so only
/// exploding moments bound the strip in which the integrand is analytic, and the sum over equidistant nodes converges
/// exponentially. Equidistant nodes also turn e^{-iuk} into a rotation: all spots share the values of the
/// characteristic function, and each spot costs one complex product per node. The step balances the discretisation
/// error, which depends on the width of the strip, and the truncation error.
/// </remarks>
internal static class HestonIntegral
{
    public const int MaxNodes = 1 << 16;

    /// <summary>The number of nodes that are needed for an error of about e^-12 of the strike.</summary>
    public static double Needed(ReadOnlySpan<double> spots, EuropeanCall call, Models.Heston model) =>
        TrapezoidStep.Nodes(
            new HestonReturn(model, call.Maturity),
            Farthest(spots, call.Strike * Math.Exp(-model.Rate * call.Maturity))
        );

    public static string? Price(
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        Models.Heston model,
        int nodes,
        Span<double> values
    )
    {
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        var law = new HestonReturn(model, call.Maturity);
        var variance = ControlVariance(law);
        if (!double.IsFinite(variance))
            return "The characteristic function is not finite at -i/2 for these parameters.";

        var step = TrapezoidStep.Of(law, nodes, Farthest(spots, strike));
        var groups = (nodes + Lanes.Count - 1) / Lanes.Count;
        var re = groups <= 64 ? stackalloc Vector256<double>[groups] : new Vector256<double>[groups];
        var im = groups <= 64 ? stackalloc Vector256<double>[groups] : new Vector256<double>[groups];
        Difference(law, variance, step, nodes, re, im);
        var deviation = Math.Sqrt(variance);
        for (var i = 0; i < spots.Length; i++)
        {
            Cancellation.CheckAt(i);
            var k = Math.Log(strike / spots[i]);
            var control = Black.Call(spots[i], strike, deviation);
            values[i] = control + (Math.Sqrt(spots[i] * strike) * step / Math.PI * Sum(re, im, k, step));
        }

        return null;
    }

    private static double Farthest(ReadOnlySpan<double> spots, double strike)
    {
        double farthest = 0;
        foreach (var spot in spots)
            farthest = Math.Max(farthest, Math.Abs(Math.Log(strike / spot)));

        return farthest;
    }

    /// <summary>
    /// The variance for which the normal characteristic function agrees with the model's characteristic function at u =
    /// 0 on the contour.
    /// </summary>
    private static double ControlVariance(HestonReturn law) =>
        -8 * Math.Log(law.Characteristic(Vector256<double>.Zero, 0.5).Re.ToScalar());

    private static void Difference(
        HestonReturn law,
        double variance,
        double step,
        int nodes,
        Span<Vector256<double>> re,
        Span<Vector256<double>> im
    )
    {
        var index = Vector256.Create(0.5, 1.5, 2.5, 3.5);
        for (var g = 0; g < re.Length; g++)
        {
            var at = index + Vector256.Create((double)(g * Lanes.Count));
            var u = at * Vector256.Create(step);
            var quarter = Vector256.FusedMultiplyAdd(u, u, Vector256.Create(0.25));
            var value = law.Characteristic(u, 0.5);
            var weight = Vector256.ConditionalSelect(
                Vector256.LessThan(at, Vector256.Create((double)nodes)),
                Vector256<double>.One / quarter,
                Vector256<double>.Zero
            );
            re[g] = weight * (Vector256.Exp(Vector256.Create(-0.5 * variance) * quarter) - value.Re);
            im[g] = -weight * value.Im;
        }
    }

    /// <summary>
    /// Returns the real part of the sum of e^{-iuk} times the differences of the characteristic functions.
    /// </summary>
    private static double Sum(
        ReadOnlySpan<Vector256<double>> re,
        ReadOnlySpan<Vector256<double>> im,
        double k,
        double step
    )
    {
        var (sin, cos) = Vector256.SinCos(Vector256.Create(0.5, 1.5, 2.5, 3.5) * Vector256.Create(k * step));
        var (turnSin, turnCos) = Math.SinCos(Lanes.Count * k * step);
        var s = Vector256.Create(turnSin);
        var c = Vector256.Create(turnCos);
        var sum = Vector256<double>.Zero;
        for (var g = 0; g < re.Length; g++)
        {
            sum += (re[g] * cos) + (im[g] * sin);
            (cos, sin) = ((cos * c) - (sin * s), (sin * c) + (cos * s));
        }

        return Vector256.Sum(sum);
    }
}
