using System.Buffers;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices European calls and, under Black-Scholes, computes their Greeks. The put is expanded because its payoff is
/// bounded; the call follows from put-call parity. In units of the forward, the put depends on the spot only through k
/// = ln(K/F), so the same coefficients are used for all spots.
/// </summary>
internal static class CosEuropean
{
    // Up to this many coefficients are stored on the stack (8 kB).
    private const int StackTerms = 1024;

    public static string? Price(Problem problem, EuropeanCall call, LogReturn law, int terms, Span<double> values)
    {
        var kept = problem.Model is DividendBlackScholes d ? 1 - d.Dividend : 1;
        var strike = call.Strike * Math.Exp(-problem.Model.Rate * call.Maturity);
        var cumulants = law.Cumulants();
        var range = CosRange.Of(law, cumulants);
        var padded = CosCoefficients.Padded(terms);
        var rented = padded > StackTerms ? ArrayPool<double>.Shared.Rent(padded) : null;
        var coefficients = rented is null ? stackalloc double[padded] : rented.AsSpan(0, padded);
        if (problem.Quantity == Quantity.Vega && problem.Model is BlackScholes normal)
            CosCoefficients.FillVega(law, range, normal.Volatility * call.Maturity, terms, coefficients);
        else
            CosCoefficients.Fill(law, range, terms, coefficients);

        var tail = CosTail.Of(law, cumulants.Mean, range, coefficients[..terms]);
        var spots = problem.Points.Spots;
        string? refusal = null;
        for (var i = 0; i < spots.Length; i++)
        {
            Cancellation.CheckAt(i);
            var asset = kept * spots[i];
            values[i] = problem.Quantity switch
            {
                Quantity.Price => asset * Put(coefficients, range, Math.Log(strike / asset)) + asset - strike,
                Quantity.Delta => Delta(coefficients, range, Math.Log(strike / asset)),
                Quantity.Gamma => Density(coefficients, range, Math.Log(strike / asset)) * strike / (asset * asset),
                // The other terms of put-call parity do not depend on sigma. Beyond the range, the put does not depend
                // on sigma either.
                _ => Math.Log(strike / asset) >= range.High
                    ? 0
                    : asset * Put(coefficients, range, Math.Log(strike / asset)),
            };
            refusal ??= CosTail.Refusal(tail * asset, values[i], strike);
        }

        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);

        return refusal;
    }

    /// <summary>E[(e^k - e^X)^+].</summary>
    private static double Put(ReadOnlySpan<double> coefficients, CosRange range, double k)
    {
        var inside = Math.Clamp(k, range.Low, range.High);

        // If k lies above the range, the put always ends in the money, so the part of the strike above the range is
        // paid in full.
        var full = k > range.High ? Math.Exp(k) - Math.Exp(inside) : 0;
        return CosPayoff.PutIntegral(coefficients, range, inside) + full;
    }

    /// <summary>Delta of the call: 1 + p - p', where p is the put as a function of k.</summary>
    private static double Delta(ReadOnlySpan<double> coefficients, CosRange range, double k)
    {
        var inside = Math.Clamp(k, range.Low, range.High);
        var strike = Vector256.Create(Math.Exp(inside));
        var floor = Vector256.Create(Math.Exp(range.Low));
        var sum = Vector256<double>.Zero;
        var wave = new Wave(range, inside);
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            var u = wave.Frequency;
            var sine = wave.SineOverFrequency();
            var change =
                ((strike * (sine - wave.Cosine)) + floor) / Vector256.FusedMultiplyAdd(u, u, Vector256<double>.One);
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(coefficients[j..]), change - (strike * sine), sum);
            wave.Advance();
        }

        return k <= range.Low ? 1
            : k >= range.High ? 0
            : 1 + Vector256.Sum(sum);
    }

    /// <summary>The density of X at k. Gamma is this density times K' / A^2.</summary>
    private static double Density(ReadOnlySpan<double> coefficients, CosRange range, double k)
    {
        if (k <= range.Low || k >= range.High)
            return 0;

        var sum = Vector256<double>.Zero;
        var wave = new Wave(range, k);
        for (var j = 0; j < coefficients.Length; j += Lanes.Count)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(coefficients[j..]), wave.Cosine, sum);
            wave.Advance();
        }

        return Vector256.Sum(sum);
    }
}
