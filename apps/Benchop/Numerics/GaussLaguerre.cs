using System.Collections.Concurrent;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Gauss-Laguerre rules on the half line for integrals without the weight function: sum W_i g(x_i) = int_0^inf g, W_i =
/// w_i e^{x_i}. Each order is computed once. The usual weights w_i underflow from order 190 on; the weights W_i stay
/// between 0.1 and 20.
/// </summary>
internal sealed class GaussLaguerre
{
    /// <summary>At this order the largest node is about 950, where e^{-x/2} is still far from underflow.</summary>
    public const int MaxNodes = 240;

    private static readonly ConcurrentDictionary<int, GaussLaguerre> Known = new();

    private readonly double[] _nodes;
    private readonly double[] _weights;

    private GaussLaguerre(int order)
    {
        // The rule is padded to a multiple of four with nodes of weight zero.
        var padded = (order + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        _nodes = new double[padded];
        _weights = new double[padded];
        for (var i = 0; i < order; i++)
        {
            var x = Root(order, i);
            _nodes[i] = x;
            var next = Function(order + 1, x).Value;
            _weights[i] = x / ((order + 1.0) * (order + 1.0) * next * next);
        }

        _nodes.AsSpan(order).Fill(_nodes[order - 1]);
    }

    public ReadOnlySpan<double> Nodes => _nodes;

    public ReadOnlySpan<double> Weights => _weights;

    public static GaussLaguerre Of(int order) =>
        order is >= 1 and <= MaxNodes
            ? Known.GetOrAdd(order, n => new GaussLaguerre(n))
            : throw new ArgumentOutOfRangeException(nameof(order), order, $"The order must be from 1 to {MaxNodes}.");

    /// <summary>
    /// Finds one zero of the Laguerre polynomial. The zeros interlace, so bisection on the number of sign changes of
    /// the Sturm sequence L_0(x)..L_n(x), which is the number of zeros below x, locates the i-th zero; Newton's method
    /// refines it.
    /// </summary>
    private static double Root(int order, int index)
    {
        double low = 0;
        var high = (4.0 * order) + 2;
        while (high - low > 1e-7 * high)
        {
            var middle = 0.5 * (low + high);
            (low, high) = ZerosBelow(order, middle) > index ? (low, middle) : (middle, high);
        }

        var x = 0.5 * (low + high);
        for (var step = 0; step < 4; step++)
        {
            var (value, previous) = Function(order, x);

            // x L_n' = n (L_n - L_{n-1}). At a zero the factor e^{-x/2} cancels in the quotient.
            x -= value * x / (order * (value - previous));
        }

        return x;
    }

    private static int ZerosBelow(int order, double x)
    {
        var changes = 0;
        double previous = 1;
        var value = 1 - x;
        changes += value < 0 ? 1 : 0;
        for (var n = 2; n <= order; n++)
        {
            var next = ((((2 * n) - 1 - x) * value) - ((n - 1) * previous)) / n;
            (previous, value) = (value, next);
            changes += (previous < 0) != (value < 0) ? 1 : 0;
            if (Math.Abs(value) > 1e100)
            {
                previous *= 1e-100;
                value *= 1e-100;
            }
        }

        return changes;
    }

    /// <summary>e^{-x/2} L_n(x) and e^{-x/2} L_{n-1}(x).</summary>
    private static (double Value, double Previous) Function(int order, double x)
    {
        var previous = Math.Exp(-0.5 * x);
        var value = previous * (1 - x);
        for (var n = 2; n <= order; n++)
            (previous, value) = (value, ((((2 * n) - 1 - x) * value) - ((n - 1) * previous)) / n);

        return (value, previous);
    }
}
