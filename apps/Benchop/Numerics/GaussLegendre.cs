using System.Collections.Concurrent;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Gauss-Legendre rules on [-1, 1], computed once for each order to the last bits. (MathNet's rules of orders outside
/// its table stop at 1e-10.)
/// </summary>
internal sealed class GaussLegendre
{
    private static readonly ConcurrentDictionary<int, GaussLegendre> Known = new();

    private readonly double[] nodes;
    private readonly double[] weights;

    private GaussLegendre(int order)
    {
        nodes = new double[order];
        weights = new double[order];
        for (int i = 0; i < (order + 1) / 2; i++)
        {
            double x = Math.Cos(Math.PI * (i + 0.75) / (order + 0.5));
            double slope = 0;

            // Newton from the asymptotic guess is quadratic at once; six steps are two more than ever needed.
            for (int step = 0; step < 6; step++)
            {
                (double value, slope) = Legendre(order, x);
                x -= value / slope;
            }

            (_, slope) = Legendre(order, x);
            nodes[i] = -x;
            nodes[order - 1 - i] = x;
            weights[i] = weights[order - 1 - i] = 2 / ((1 - (x * x)) * slope * slope);
        }
    }

    public ReadOnlySpan<double> Nodes => nodes;

    public ReadOnlySpan<double> Weights => weights;

    public static GaussLegendre Of(int order) => Known.GetOrAdd(order, n => new GaussLegendre(n));

    private static (double Value, double Slope) Legendre(int order, double x)
    {
        double previous = 1;
        double value = x;
        for (int n = 2; n <= order; n++)
        {
            (previous, value) = (value, ((((2 * n) - 1) * x * value) - ((n - 1) * previous)) / n);
        }

        return (value, order * ((x * value) - previous) / ((x * x) - 1));
    }
}
