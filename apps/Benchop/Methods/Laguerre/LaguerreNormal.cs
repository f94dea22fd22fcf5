using System.Collections.Concurrent;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// The normal distribution function as the Fourier integral of its characteristic function,
/// N(-d) = e^{a^2/2 - a d}/pi int_0^inf Re[e^{-x^2/2 + i x (a - d)}/(a + ix)] dx, by one Gauss-Laguerre rule.
/// Everything but the phase depends on the rule
/// only.
/// </summary>
internal sealed class LaguerreNormal
{
    // Between the pole at zero damping and the growth e^{a^2/2}.
    private const double Damping = 1.5;

    private static readonly ConcurrentDictionary<int, LaguerreNormal> Known = new();

    private readonly double[] frequencies;
    private readonly double[] re;
    private readonly double[] im;

    private LaguerreNormal(int order)
    {
        GaussLaguerre rule = GaussLaguerre.Of(order);
        double scale = LaguerreScale.Of(Math.Sqrt(2 * LaguerreScale.Decay), rule);
        int nodes = rule.Nodes.Length;
        frequencies = new double[nodes];
        re = new double[nodes];
        im = new double[nodes];
        for (int j = 0; j < nodes; j++)
        {
            double x = scale * rule.Nodes[j];
            double size =
                rule.Weights[j]
                * scale
                / Math.PI
                * Math.Exp(0.5 * ((Damping * Damping) - (x * x)))
                / ((Damping * Damping) + (x * x));
            frequencies[j] = x;
            re[j] = size * Damping;
            im[j] = -size * x;
        }
    }

    public static LaguerreNormal Of(int order) => Known.GetOrAdd(order, n => new LaguerreNormal(n));

    public double Cdf(double x) => x > 0 ? 1 - Upper(x) : Upper(-x);

    /// <summary>N(-d), d >= 0.</summary>
    private double Upper(double d)
    {
        if (d > 38)
        {
            return 0;
        }

        Vector256<double> turn = Vector256.Create(Damping - d);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int j = 0; j < frequencies.Length; j += Lanes.Count)
        {
            (Vector256<double> sin, Vector256<double> cos) = Vector256.SinCos(Vector256.Create(frequencies, j) * turn);
            sum += (Vector256.Create(re, j) * cos) - (Vector256.Create(im, j) * sin);
        }

        return Math.Exp(-Damping * d) * Vector256.Sum(sum);
    }
}
