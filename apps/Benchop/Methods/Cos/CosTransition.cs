using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// One step back in time: from the cosine coefficients V of a value function, the function before the step and its
/// coefficients on a part of the range.
/// </summary>
/// <remarks>
/// With W_j = f(u_j) V_j the continuation is c(x) = D Re sum W_j e^{i u_j (x - low)}. Its coefficients on [x1, x2] are
/// D Re sum_j W_j (E(j + k) + E(j - k)), E(n) = 1/width int e^{i n pi (x - low)/width}: a Hankel plus a Toeplitz
/// product. The published algorithm does it by
/// five transforms of twice the length; those alone took 3.1 us against 2.2 us for the plain sum over contiguous rows
/// at 64 terms, 6.3 against 4.8 at 96, and
/// the same 13.4 us at 160 (2026-11, AVX-512 server core).
/// </remarks>
internal sealed class CosTransition(CosRange range, int terms)
{
    private readonly double[] re = new double[terms];
    private readonly double[] im = new double[terms];

    // E(n) for n = -terms..2 terms, real and imaginary parts apart.
    private readonly double[] cosines = new double[3 * terms];
    private readonly double[] sines = new double[3 * terms];

    public CosRange Range => range;

    public int Terms => terms;

    /// <summary>A multiple of four, as the sums need it.</summary>
    public static int RoundUp(double terms) => Math.Max(16, (int)Math.Ceiling(terms / Lanes.Count) * Lanes.Count);

    /// <summary>
    /// Takes the value coefficients over a step whose log-return has the given mean and variance; discounting included.
    /// </summary>
    public void Step(ReadOnlySpan<double> value, double mean, double variance, double discount)
    {
        double step = Math.PI / range.Width;
        for (int j = 0; j < terms; j += Lanes.Count)
        {
            Vector256<double> u = CosCoefficients.Frequencies(j, step);
            var exponent = new ComplexLanes(Vector256.Create(-0.5 * variance) * u * u, Vector256.Create(mean) * u);
            ComplexLanes w = ComplexLanes.Exp(exponent) * (Vector256.Create(discount) * Vector256.Create(value[j..]));
            w.Re.CopyTo(re, j);
            w.Im.CopyTo(im, j);
        }

        re[0] *= 0.5;
        im[0] *= 0.5;
    }

    /// <summary>The continuation and its slope at x.</summary>
    public (double Value, double Slope) At(double x)
    {
        var wave = new Wave(range, x);
        Vector256<double> value = Vector256<double>.Zero;
        Vector256<double> slope = Vector256<double>.Zero;
        for (int j = 0; j < terms; j += Lanes.Count)
        {
            Vector256<double> a = Vector256.Create(re, j);
            Vector256<double> b = Vector256.Create(im, j);
            value += (a * wave.Cosine) - (b * wave.Sine);
            slope -= wave.Frequency * ((a * wave.Sine) + (b * wave.Cosine));
            wave.Advance();
        }

        return (Vector256.Sum(value), Vector256.Sum(slope));
    }

    /// <summary>Adds the continuation's coefficients on [low, high] to <paramref name="into"/>.</summary>
    public void AddCoefficients(double low, double high, Span<double> into)
    {
        FillIntegrals(low, high);
        for (int k = 0; k < terms; k++)
        {
            ReadOnlySpan<double> plusCos = cosines.AsSpan(terms + k, terms);
            ReadOnlySpan<double> plusSin = sines.AsSpan(terms + k, terms);
            ReadOnlySpan<double> minusCos = cosines.AsSpan(terms - k, terms);
            ReadOnlySpan<double> minusSin = sines.AsSpan(terms - k, terms);
            Vector256<double> sum = Vector256<double>.Zero;
            for (int j = 0; j < terms; j += Lanes.Count)
            {
                Vector256<double> real = Vector256.Create(plusCos[j..]) + Vector256.Create(minusCos[j..]);
                Vector256<double> imaginary = Vector256.Create(plusSin[j..]) + Vector256.Create(minusSin[j..]);
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(re, j), real, sum);
                sum = Vector256.FusedMultiplyAdd(-Vector256.Create(im, j), imaginary, sum);
            }

            into[k] += Vector256.Sum(sum);
        }
    }

    private void FillIntegrals(double low, double high)
    {
        double turnLow = Math.PI * (low - range.Low) / range.Width;
        double turnHigh = Math.PI * (high - range.Low) / range.Width;
        cosines[terms] = (high - low) / range.Width;
        sines[terms] = 0;
        (double sl, double cl) = Math.SinCos(turnLow);
        (double sh, double ch) = Math.SinCos(turnHigh);
        (double cosLow, double sinLow, double cosHigh, double sinHigh) = (1, 0, 1, 0);
        for (int n = 1; n < 2 * terms; n++)
        {
            (cosLow, sinLow) = ((cosLow * cl) - (sinLow * sl), (sinLow * cl) + (cosLow * sl));
            (cosHigh, sinHigh) = ((cosHigh * ch) - (sinHigh * sh), (sinHigh * ch) + (cosHigh * sh));

            // The integral of e^{inx} is e^{inx}/(in): even in n in its real part, odd in its imaginary part.
            double scale = 1 / (n * Math.PI);
            double real = (sinHigh - sinLow) * scale;
            double imaginary = (cosLow - cosHigh) * scale;
            cosines[terms + n] = real;
            sines[terms + n] = imaginary;
            if (n <= terms)
            {
                cosines[terms - n] = real;
                sines[terms - n] = -imaginary;
            }
        }
    }
}
