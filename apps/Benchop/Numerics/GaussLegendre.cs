using System.Collections.Concurrent;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>Gauss-Legendre rules on [-1, 1], accurate to the last few bits. Each order is computed once.</summary>
internal sealed class GaussLegendre
{
    private static readonly ConcurrentDictionary<int, GaussLegendre> Known = new();

    private readonly double[] _nodes;
    private readonly double[] _weights;

    private GaussLegendre(int order)
    {
        _nodes = new double[order];
        _weights = new double[order];
        for (var i = 0; i < (order + 1) / 2; i++)
        {
            var x = Math.Cos(Math.PI * (i + 0.75) / (order + 0.5));
            double slope = 0;

            // From the asymptotic initial guess, Newton's method converges quadratically from the first step on. It
            // needs at most four steps; six are performed to be safe.
            for (var step = 0; step < 6; step++)
            {
                (var value, slope) = Legendre(order, x);
                x -= value / slope;
            }

            (_, slope) = Legendre(order, x);
            _nodes[i] = -x;
            _nodes[order - 1 - i] = x;
            _weights[i] = _weights[order - 1 - i] = 2 / ((1 - (x * x)) * slope * slope);
        }
    }

    public ReadOnlySpan<double> Nodes => _nodes;

    public ReadOnlySpan<double> Weights => _weights;

    public static GaussLegendre Of(int order) => Known.GetOrAdd(order, n => new GaussLegendre(n));

    private static (double Value, double Slope) Legendre(int order, double x)
    {
        double previous = 1;
        var value = x;
        for (var n = 2; n <= order; n++)
            (previous, value) = (value, ((((2 * n) - 1) * x * value) - ((n - 1) * previous)) / n);

        return (value, order * ((x * value) - previous) / ((x * x) - 1));
    }
}
