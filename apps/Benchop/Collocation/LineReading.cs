using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Values and derivatives with respect to the price, read from nodes in z = ln(price / unit) / deviation.
/// </summary>
internal readonly ref struct LineReading(double[] nodes, double[] values, double unit, double deviation)
{
    private const int Points = 8;

    private readonly double[] _nodes = nodes;
    private readonly double[] _values = values;
    private readonly double _deviation = deviation;

    /// <summary>Returns u, du/dprice or d2u/dprice2.</summary>
    public double At(double price, Quantity quantity)
    {
        Span<double> weights = stackalloc double[3 * Math.Min(Points, _nodes.Length)];
        var stencil = new GridStencil(_nodes, Math.Log(price / unit) / _deviation, weights);
        var slope = 1 / (_deviation * price);
        return quantity switch
        {
            Quantity.Delta => stencil.Slope(_values) * slope,
            Quantity.Gamma => (stencil.Curvature(_values) - (_deviation * stencil.Slope(_values))) * slope * slope,
            _ => stencil.Value(_values),
        };
    }
}
