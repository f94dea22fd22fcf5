using System.Buffers;
using System.Globalization;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices the up-and-out call with the density of the paths that stay below the barrier: the normal density minus its
/// image behind the barrier. Both are expanded in cosines and integrated against (S - K)^+ below the barrier.
/// </summary>
internal static class CosBarrier
{
    // The image's weight multiplies the rounding error of the expansion. With a weight of e^16 and an error of 1e-16,
    // nine digits are still correct.
    private const double MaxWeight = 16;

    private const int StackTerms = 1024;

    public static string? Price(
        ReadOnlySpan<double> spots,
        UpAndOutCall call,
        BlackScholes model,
        int terms,
        Span<double> values
    )
    {
        var law = new GaussianReturn(model.Volatility * model.Volatility * call.Maturity);
        var range = CosRange.Of(law);
        var padded = CosCoefficients.Padded(terms);
        var rented = padded > StackTerms ? ArrayPool<double>.Shared.Rent(padded) : null;
        var coefficients = rented is null ? stackalloc double[padded] : rented.AsSpan(0, padded);
        CosCoefficients.Fill(law, range, terms, coefficients);
        string? refusal = null;
        for (var i = 0; i < spots.Length && refusal is null; i++)
        {
            Cancellation.CheckAt(i);
            refusal = Price(spots[i], call, model, coefficients, range, out values[i]);
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);

        return refusal;
    }

    private static string? Price(
        double spot,
        UpAndOutCall call,
        BlackScholes model,
        ReadOnlySpan<double> coefficients,
        CosRange range,
        out double value
    )
    {
        var discount = Math.Exp(-model.Rate * call.Maturity);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var toBarrier = Math.Log(call.Barrier / spot);
        var drift = (model.Rate * call.Maturity) - (0.5 * deviation * deviation);
        value = Below(spot, call, discount, coefficients, range);

        // A barrier outside the range of the density has no noticeable effect, unless the drift points away from the
        // barrier. In that case, paths may touch it early and then drift away.
        var weight = 2 * toBarrier * drift / (deviation * deviation);
        if (drift >= 0 && toBarrier - drift > CosRange.Reach * deviation)
            return null;

        if (weight > MaxWeight)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"At S={spot:R}, the drift towards the barrier gives the image term a weight of "
                    + $"e^{Figure.Of(weight, 0)}, so the rounding error of the expansion would exceed the price."
            );

        var image = call.Barrier * (call.Barrier / spot);
        value -= Math.Exp(weight) * Below(image, call, discount, coefficients, range);
        return null;
    }

    /// <summary>
    /// Returns the value, starting from <paramref name="asset"/>, of (S - K)^+ paid only if S ends below the barrier at
    /// maturity.
    /// </summary>
    private static double Below(
        double asset,
        UpAndOutCall call,
        double discount,
        ReadOnlySpan<double> coefficients,
        CosRange range
    )
    {
        var k = Math.Log(call.Strike * discount / asset);
        var low = Math.Clamp(k, range.Low, range.High);
        var high = Math.Clamp(Math.Log(call.Barrier * discount / asset), range.Low, range.High);
        var strike = Vector256.Create(Math.Exp(k));
        var expLow = Vector256.Create(Math.Exp(low));
        var expHigh = Vector256.Create(Math.Exp(high));
        var sum = Vector256<double>.Zero;
        var atLow = new Wave(range, low);
        var atHigh = new Wave(range, high);
        for (var j = 0; j < coefficients.Length; j += Numerics.Lanes.Count)
        {
            var u = atLow.Frequency;
            var exponential =
                ((expHigh * (atHigh.Cosine + (u * atHigh.Sine))) - (expLow * (atLow.Cosine + (u * atLow.Sine))))
                / Vector256.FusedMultiplyAdd(u, u, Vector256<double>.One);
            var constant = strike * (atHigh.SineOverFrequency() - atLow.SineOverFrequency());
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(coefficients[j..]), exponential - constant, sum);
            atLow.Advance();
            atHigh.Advance();
        }

        return asset * Vector256.Sum(sum);
    }
}
