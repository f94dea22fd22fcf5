using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Takes one step back in time: computes, from the cosine coefficients V of a value function, the function before the
/// step and its coefficients on part of the range.
/// </summary>
/// <remarks>
/// With W_j = f(u_j) V_j the continuation value is c(x) = D Re sum W_j e^{i u_j (x - low)}. Its coefficients on [x1,
/// x2] are D Re sum_j W_j (E(j + k) + E(j - k)), E(n) = 1/width int e^{i n pi (x - low)/width}, the sum of a Hankel and
/// a Toeplitz product. The published algorithm uses five transforms of twice the length instead of the plain sum over
/// contiguous rows used here. At 64, 96 and 160 terms, the transforms alone took 3.1 us, 6.3 us and 13.4 us, whereas
/// the plain sum took 2.2 us, 4.8 us and 13.4 us (measured on an AVX-512 server core, 2026-11).
/// </remarks>
internal sealed class CosTransition(CosRange range, int terms)
{
    private readonly double[] _re = new double[terms];
    private readonly double[] _im = new double[terms];

    // E(n) for n from -terms to 2 * terms, with real and imaginary parts in separate arrays.
    private readonly double[] _cosines = new double[3 * terms];
    private readonly double[] _sines = new double[3 * terms];

    public CosRange Range => range;

    public int Terms => terms;

    /// <summary>Rounds the number of terms up to a multiple of four, as the vectorised sums require.</summary>
    public static int RoundUp(double terms) => Math.Max(16, (int)Math.Ceiling(terms / Lanes.Count) * Lanes.Count);

    /// <summary>
    /// Moves the value coefficients back by one step whose log-return has the given mean and variance, including
    /// discounting.
    /// </summary>
    public void Step(ReadOnlySpan<double> value, double mean, double variance, double discount)
    {
        var step = Math.PI / range.Width;
        for (var j = 0; j < terms; j += Lanes.Count)
        {
            var u = CosCoefficients.Frequencies(j, step);
            var exponent = new ComplexLanes(Vector256.Create(-0.5 * variance) * u * u, Vector256.Create(mean) * u);
            var w = ComplexLanes.Exp(exponent) * (Vector256.Create(discount) * Vector256.Create(value[j..]));
            w.Re.CopyTo(_re, j);
            w.Im.CopyTo(_im, j);
        }

        _re[0] *= 0.5;
        _im[0] *= 0.5;
    }

    /// <summary>Returns the continuation value and its first derivative at x.</summary>
    public (double Value, double Slope) At(double x)
    {
        var wave = new Wave(range, x);
        var value = Vector256<double>.Zero;
        var slope = Vector256<double>.Zero;
        for (var j = 0; j < terms; j += Lanes.Count)
        {
            var a = Vector256.Create(_re, j);
            var b = Vector256.Create(_im, j);
            value += (a * wave.Cosine) - (b * wave.Sine);
            slope -= wave.Frequency * ((a * wave.Sine) + (b * wave.Cosine));
            wave.Advance();
        }

        return (Vector256.Sum(value), Vector256.Sum(slope));
    }

    /// <summary>Adds the coefficients of the continuation value on [low, high] to <paramref name="into"/>.</summary>
    public void AddCoefficients(double low, double high, Span<double> into)
    {
        FillIntegrals(low, high);
        for (var k = 0; k < terms; k++)
        {
            ReadOnlySpan<double> plusCos = _cosines.AsSpan(terms + k, terms);
            ReadOnlySpan<double> plusSin = _sines.AsSpan(terms + k, terms);
            ReadOnlySpan<double> minusCos = _cosines.AsSpan(terms - k, terms);
            ReadOnlySpan<double> minusSin = _sines.AsSpan(terms - k, terms);
            var sum = Vector256<double>.Zero;
            for (var j = 0; j < terms; j += Lanes.Count)
            {
                var real = Vector256.Create(plusCos[j..]) + Vector256.Create(minusCos[j..]);
                var imaginary = Vector256.Create(plusSin[j..]) + Vector256.Create(minusSin[j..]);
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(_re, j), real, sum);
                sum = Vector256.FusedMultiplyAdd(-Vector256.Create(_im, j), imaginary, sum);
            }

            into[k] += Vector256.Sum(sum);
        }
    }

    private void FillIntegrals(double low, double high)
    {
        var turnLow = Math.PI * (low - range.Low) / range.Width;
        var turnHigh = Math.PI * (high - range.Low) / range.Width;
        _cosines[terms] = (high - low) / range.Width;
        _sines[terms] = 0;
        var (sl, cl) = Math.SinCos(turnLow);
        var (sh, ch) = Math.SinCos(turnHigh);
        (double cosLow, double sinLow, double cosHigh, double sinHigh) = (1, 0, 1, 0);
        for (var n = 1; n < 2 * terms; n++)
        {
            (cosLow, sinLow) = ((cosLow * cl) - (sinLow * sl), (sinLow * cl) + (cosLow * sl));
            (cosHigh, sinHigh) = ((cosHigh * ch) - (sinHigh * sh), (sinHigh * ch) + (cosHigh * sh));

            // The integral of e^{inx} is e^{inx}/(in): its real part is even in n, its imaginary part odd.
            var scale = 1 / (n * Math.PI);
            var real = (sinHigh - sinLow) * scale;
            var imaginary = (cosLow - cosHigh) * scale;
            _cosines[terms + n] = real;
            _sines[terms + n] = imaginary;
            if (n <= terms)
            {
                _cosines[terms - n] = real;
                _sines[terms - n] = -imaginary;
            }
        }
    }
}
