using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// The normal distribution function as the Fourier integral of its characteristic function, N(-d) = e^{a^2/2 - a d}/pi
/// int_0^inf Re[e^{-x^2/2 + i x (a - d)}/(a + ix)] dx, computed with a Gauss-Laguerre rule. All factors of the
/// integrand except the phase depend only on the rule.
/// </summary>
internal sealed class LaguerreNormal
{
    // A compromise between keeping away from the pole at zero damping and limiting the growth of e^{a^2/2}.
    private const double Damping = 1.5;

    private static readonly ConcurrentDictionary<int, LaguerreNormal> Known = new();

    private readonly double[] _frequencies;
    private readonly double[] _re;
    private readonly double[] _im;

    private LaguerreNormal(int order)
    {
        var rule = GaussLaguerre.Of(order);
        var scale = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay), rule);
        var nodes = rule.Nodes.Length;
        _frequencies = new double[nodes];
        _re = new double[nodes];
        _im = new double[nodes];
        for (var j = 0; j < nodes; j++)
        {
            var x = scale * rule.Nodes[j];
            var size =
                rule.Weights[j]
                * scale
                / Math.PI
                * Math.Exp(0.5 * ((Damping * Damping) - (x * x)))
                / ((Damping * Damping) + (x * x));
            _frequencies[j] = x;
            _re[j] = size * Damping;
            _im[j] = -size * x;
        }
    }

    public static LaguerreNormal Of(int order) => Known.GetOrAdd(order, n => new LaguerreNormal(n));

    public double Cdf(double x) => x > 0 ? 1 - Upper(x) : Upper(-x);

    /// <summary>N(-d), d >= 0.</summary>
    private double Upper(double d)
    {
        if (d > 38)
            return 0;

        var context = Vector256.Create(Damping - d);
        var sum = Vector256<double>.Zero;
        for (var j = 0; j < _frequencies.Length; j += Lanes.Count)
        {
            var (sin, cos) = Vector256.SinCos(Vector256.Create(_frequencies, j) * context);
            sum += (Vector256.Create(_re, j) * cos) - (Vector256.Create(_im, j) * sin);
        }

        return Math.Exp(-Damping * d) * Vector256.Sum(sum);
    }
}
