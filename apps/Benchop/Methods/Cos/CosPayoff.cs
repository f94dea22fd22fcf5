using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>Closed-form cosine coefficients and integrals of elementary payoffs on part of the range.</summary>
internal static class CosPayoff
{
    /// <summary>
    /// Adds 2/width * int_low^high (scale * e^x + constant) cos(u_j (x - range.Low)) dx to each coefficient.
    /// </summary>
    public static void Add(CosRange range, double low, double high, double scale, double constant, Span<double> into)
    {
        var step = Math.PI / range.Width;
        var (sl, cl) = Math.SinCos(step * (low - range.Low));
        var (sh, ch) = Math.SinCos(step * (high - range.Low));
        var expLow = scale * Math.Exp(low);
        var expHigh = scale * Math.Exp(high);
        var norm = 2 / range.Width;
        into[0] += norm * (expHigh - expLow + (constant * (high - low)));
        (double cosLow, double sinLow, double cosHigh, double sinHigh) = (1, 0, 1, 0);
        for (var j = 1; j < into.Length; j++)
        {
            (cosLow, sinLow) = ((cosLow * cl) - (sinLow * sl), (sinLow * cl) + (cosLow * sl));
            (cosHigh, sinHigh) = ((cosHigh * ch) - (sinHigh * sh), (sinHigh * ch) + (cosHigh * sh));
            var u = j * step;
            var exponential =
                ((expHigh * (cosHigh + (u * sinHigh))) - (expLow * (cosLow + (u * sinLow)))) / (1 + (u * u));
            into[j] += norm * (exponential + (constant * (sinHigh - sinLow) / u));
        }
    }

    /// <summary>
    /// The integral of (e^k - e^x)^+ against the density with the given coefficients, for k inside the range. The
    /// cosine integral of the payoff is (e^k (sin t/u - cos t) + e^low)/(1 + u^2), t = u (k - low).
    /// </summary>
    public static double PutIntegral(ReadOnlySpan<double> coefficients, CosRange range, double k)
    {
        var strike = Vector256.Create(Math.Exp(k));
        var floor = Vector256.Create(Math.Exp(range.Low));
        var sum = Vector256<double>.Zero;
        var wave = new Wave(range, k);
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            var u = wave.Frequency;
            var payoff =
                ((strike * (wave.SineOverFrequency() - wave.Cosine)) + floor)
                / Vector256.FusedMultiplyAdd(u, u, Vector256<double>.One);
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(coefficients[j..]), payoff, sum);
            wave.Advance();
        }

        return Vector256.Sum(sum);
    }
}
