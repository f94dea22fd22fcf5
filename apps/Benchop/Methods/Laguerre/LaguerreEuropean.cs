using System.Globalization;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// Computes the inversion integral of the damped call by Gauss-Laguerre quadrature, scaled to the support of the
/// characteristic function.
/// </summary>
internal static class LaguerreEuropean
{
    public static string? Price(Problem problem, LogReturn law, int work, Span<double> values)
    {
        var needed = Needed(problem, law);
        if (needed > 1.4 * GaussLaguerre.MaxNodes)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The characteristic function decays so slowly that the integral needs about {Figure.Of(needed, 0)} "
                    + $"nodes; the limit is {GaussLaguerre.MaxNodes}."
            );

        var rule = GaussLaguerre.Of(work);
        var damping = Math.Min(
            Math.Min(LaguerreScale.Damping / law.Cumulants().Spread, DampedCall.MaxDamping(law)),
            LaguerreScale.MaxGrowth / Math.Max(DampedCall.Farthest(problem), 1e-300)
        );
        var transform = DampedCall.Of(problem, law, damping);
        var scale = LaguerreScale.Of(law.Cutoff(LaguerreScale.Decay), rule);
        var nodes = rule.Nodes.Length;
        Span<double> re = stackalloc double[nodes];
        Span<double> im = stackalloc double[nodes];
        for (var j = 0; j < nodes; j += Lanes.Count)
        {
            var u = Vector256.Create(rule.Nodes[j..]) * Vector256.Create(scale);
            var value = transform.At(u) * (Vector256.Create(rule.Weights[j..]) * Vector256.Create(scale / Math.PI));
            value.Re.CopyTo(re[j..]);
            value.Im.CopyTo(im[j..]);
        }

        for (var i = 0; i < values.Length; i++)
        {
            Cancellation.CheckAt(i);
            var (asset, strike) = DampedCall.Terms(problem, i);
            var k = Math.Log(strike / asset);
            var sum = Vector256<double>.Zero;
            var context = Vector256.Create(k * scale);
            for (var j = 0; j < nodes; j += Lanes.Count)
            {
                var (sin, cos) = Vector256.SinCos(Vector256.Create(rule.Nodes[j..]) * context);
                sum += (Vector256.Create<double>(re[j..]) * cos) + (Vector256.Create<double>(im[j..]) * sin);
            }

            values[i] = transform.Value(Math.Exp(-transform.Damping * k) * Vector256.Sum(sum), asset);
        }

        return null;
    }

    /// <summary>
    /// The number of nodes that are needed for a small error. If the finite moments limit the damping, the distance to
    /// the pole also affects this number.
    /// </summary>
    public static double Needed(Problem problem, LogReturn law)
    {
        var extent = Math.Max(
            law.Cumulants().Spread,
            Math.Max(DampedCall.Farthest(problem), 0.5 / DampedCall.MaxDamping(law))
        );
        return LaguerreScale.Needed(law.Cutoff(LaguerreScale.Decay), extent);
    }
}
