using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// Prices the spread call with the two-dimensional cosine expansion of the joint density of both log-returns. The
/// homogeneity of the payoff is not used.
/// </summary>
/// <remarks>
/// Let i be the asset with the larger deviation and o the other. The expansion prices E[(S_o e^{y_o} - S_i e^{y_i})^+],
/// which is either the call itself or the put, from which the call follows by parity. The integral over y_i is known in
/// closed form. The integral over y_o, along which the payoff then varies on the larger scale, is a Gauss-Legendre sum;
/// its density part H[j_i, q] = w_q sum A[j_i, j_o] cos(u_o (y_q - low_o)) is the same for all points.
/// </remarks>
internal static class CosSpread
{
    // The nodes must resolve both the highest cosine and the edge of the payoff.
    private const int ExtraNodes = 24;

    /// <summary>
    /// As the absolute correlation increases, the joint density becomes narrower, so its coefficients decay more slowly
    /// along one diagonal.
    /// </summary>
    public static int Terms(TwoAssetBlackScholes model) =>
        (int)Math.Min(512, Math.Ceiling(23 / Math.Sqrt(Math.Max(1e-3, 1 - Math.Abs(model.Correlation)))));

    public static string? Price(
        Points points,
        SpreadCall call,
        TwoAssetBlackScholes model,
        int work,
        Span<double> values
    )
    {
        if (1 - Math.Abs(model.Correlation) < 1e-3)
            return "The absolute correlation is so close to one that the joint density collapses onto a line, which a "
                + "two-dimensional expansion cannot represent. Use the 'closed' method.";

        var terms = CosCoefficients.Padded(work);
        var firstInside = model.Volatility1 >= model.Volatility2;
        var inner = (firstInside ? model.Volatility1 : model.Volatility2) * Math.Sqrt(call.Maturity);
        var outer = (firstInside ? model.Volatility2 : model.Volatility1) * Math.Sqrt(call.Maturity);
        var innerRange = CosRange.Of(new Cumulants(-0.5 * inner * inner, inner * inner, 0));
        var outerRange = CosRange.Of(new Cumulants(-0.5 * outer * outer, outer * outer, 0));
        var rule = GaussLegendre.Of(CosCoefficients.Padded(terms + ExtraNodes));
        var density = Density(terms, work, inner, outer, model.Correlation);
        var sums = AtNodes(density, terms, outerRange, rule);
        for (var i = 0; i < points.Count; i++)
        {
            Cancellation.Check();
            var s1 = points.Spots[i];
            var s2 = points.SecondSpots[i];
            var (given, received) = firstInside ? (s1, s2) : (s2, s1);
            var k = Math.Log(received / given);
            double sum = 0;
            for (var q = 0; q < rule.Nodes.Length; q++)
            {
                var y = outerRange.Low + (0.5 * outerRange.Width * (1 + rule.Nodes[q]));
                sum += Inner(sums.AsSpan(q * terms, terms), innerRange, y + k);
            }

            values[i] = (given * sum) + (firstInside ? s1 - s2 : 0);
        }

        return null;
    }

    /// <summary>
    /// Returns A[j1, j2] in row order, with the first row and column halved and zeros beyond the requested terms.
    /// </summary>
    private static double[] Density(int terms, int live, double v1, double v2, double correlation)
    {
        // The ranges are centred, so u_j (mean - low) = j pi/2, and the deviations drop out of the exponents: u_j v = j
        // pi/(2 reach).
        var unit = Math.PI / (2 * CosRange.Reach);
        var norm = 4 / (4 * CosRange.Reach * CosRange.Reach * v1 * v2);
        var coefficients = new double[terms * terms];
        for (var j1 = 0; j1 < live; j1++)
            for (var j2 = 0; j2 < live; j2++)
            {
                var a = j1 * unit;
                var b = j2 * unit;
                var common = -0.5 * ((a * a) + (b * b));
                var sum = Quarter(j1 + j2) * Math.Exp(common - (correlation * a * b));
                var difference = Quarter(j1 - j2) * Math.Exp(common + (correlation * a * b));
                var halves = (j1 == 0 ? 0.5 : 1) * (j2 == 0 ? 0.5 : 1);
                coefficients[(j1 * terms) + j2] = 0.5 * norm * halves * (sum + difference);
            }

        return coefficients;
    }

    /// <summary>cos(n pi/2).</summary>
    private static int Quarter(int n) =>
        (n & 1) == 1 ? 0
        : (n & 2) == 2 ? -1
        : 1;

    /// <summary>Returns H[q, j1] for all quadrature nodes q, including the quadrature weights.</summary>
    private static double[] AtNodes(double[] density, int terms, CosRange second, GaussLegendre rule)
    {
        var nodes = rule.Nodes.Length;
        var sums = new double[nodes * terms];
        Span<double> cosines = stackalloc double[terms];
        for (var q = 0; q < nodes; q++)
        {
            Cancellation.CheckAt(q);
            var weight = 0.5 * second.Width * rule.Weights[q];
            var wave = new Wave(second, second.Low + (0.5 * second.Width * (1 + rule.Nodes[q])));
            for (var j = 0; j < terms; j += Lanes.Count)
            {
                (wave.Cosine * Vector256.Create(weight)).CopyTo(cosines[j..]);
                wave.Advance();
            }

            for (var j1 = 0; j1 < terms; j1++)
            {
                var sum = Vector256<double>.Zero;
                ReadOnlySpan<double> row = density.AsSpan(j1 * terms, terms);
                for (var j = 0; j < terms; j += Lanes.Count)
                    sum = Vector256.FusedMultiplyAdd(
                        Vector256.Create(row[j..]),
                        Vector256.Create<double>(cosines[j..]),
                        sum
                    );

                sums[(q * terms) + j1] = Vector256.Sum(sum);
            }
        }

        return sums;
    }

    /// <summary>The integral over y1 of (e^c - e^{y1})^+ against the density with the given coefficients.</summary>
    private static double Inner(ReadOnlySpan<double> coefficients, CosRange range, double c)
    {
        if (c <= range.Low)
            return 0;

        // If c lies above the range, the option always ends in the money; the integral of the density is its first
        // coefficient times the width.
        var inside = Math.Min(c, range.High);
        return CosPayoff.PutIntegral(coefficients, range, inside)
            + ((Math.Exp(c) - Math.Exp(inside)) * coefficients[0] * range.Width);
    }
}
