using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// The cosine coefficients of a density on a range: A_j = 2/width * Re[f(u_j) e^{-i u_j low}], u_j = j pi/width. The
/// first coefficient is halved.
/// </summary>
internal static class CosCoefficients
{
    /// <param name="coefficients">
    /// Receives the coefficients. Its length is <paramref name="terms"/> rounded up to a multiple of four; the excess
    /// entries are set to zero.
    /// </param>
    public static void Fill(LogReturn law, CosRange range, int terms, Span<double> coefficients)
    {
        var step = Math.PI / range.Width;
        var scale = Vector256.Create(2 / range.Width);
        var shift = Vector256.Create(-range.Low);
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            var u = Frequencies(j, step);
            var f = law.Characteristic(u, 0);
            var (sin, cos) = Vector256.SinCos(u * shift);
            (scale * ((f.Re * cos) - (f.Im * sin))).CopyTo(coefficients[j..]);
        }

        coefficients[0] *= 0.5;
        coefficients[terms..].Clear();
    }

    /// <summary>
    /// Computes the derivatives of a normal distribution's coefficients with respect to sigma, using d ln f / d sigma =
    /// -sigma T (u^2 + iu).
    /// </summary>
    public static void FillVega(LogReturn law, CosRange range, double sigmaTime, int terms, Span<double> coefficients)
    {
        var step = Math.PI / range.Width;
        var scale = Vector256.Create(-2 * sigmaTime / range.Width);
        var shift = Vector256.Create(-range.Low);
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            var u = Frequencies(j, step);
            var (sin, cos) = Vector256.SinCos(u * shift);
            var f = law.Characteristic(u, 0) * new ComplexLanes(cos, sin);
            (scale * u * ((u * f.Re) - f.Im)).CopyTo(coefficients[j..]);
        }

        coefficients[terms..].Clear();
    }

    public static Vector256<double> Frequencies(int first, double step) =>
        Vector256.Create(first, first + 1.0, first + 2.0, first + 3.0) * Vector256.Create(step);

    public static int Padded(int terms) => (terms + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
}
