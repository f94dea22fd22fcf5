namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// A node density that has been measured at some points and smoothed by sech^2 kernels. The mass is a sum of hyperbolic
/// tangents, so the map is smooth even though the measurements are not.
/// </summary>
internal sealed class AdaptedMap : INodeMap
{
    /// <summary>
    /// The smallest density, relative to the largest measured one. It limits the intervals in regions without
    /// curvature.
    /// </summary>
    private const double Floor = 0.1;

    private readonly double[] _centres;
    private readonly double[] _weights;
    private readonly double _width;

    /// <param name="points">The points at which the density was measured, in increasing order.</param>
    /// <param name="densities">The measured densities, with a largest value of 1.</param>
    /// <param name="width">The width of the kernels.</param>
    public AdaptedMap(ReadOnlySpan<double> points, ReadOnlySpan<double> densities, double width)
    {
        // To keep the sum short, the kernels are one width apart, each with the average density of the points around
        // it.
        var count = Math.Max(2, (int)Math.Ceiling((points[^1] - points[0]) / width) + 1);
        var masses = new double[count];
        _centres = new double[count];
        _weights = new double[count];
        _width = width;
        for (var c = 0; c < count; c++)
            _centres[c] = points[0] + (c * width);

        for (var k = 0; k < points.Length; k++)
        {
            var length = 0.5 * (points[Math.Min(k + 1, points.Length - 1)] - points[Math.Max(k - 1, 0)]);
            var place = (points[k] - points[0]) / width;
            var c = Math.Min((int)place, count - 2);
            var share = Math.Clamp(place - c, 0, 1);
            _weights[c] += (1 - share) * length * densities[k];
            _weights[c + 1] += share * length * densities[k];
            masses[c] += (1 - share) * length;
            masses[c + 1] += share * length;
        }

        // A kernel without a point takes its density from its neighbour.
        for (var c = 0; c < count; c++)
            _weights[c] = masses[c] > 0 ? _weights[c] / masses[c] : c > 0 ? _weights[c - 1] : 0;
    }

    public double Mass(double z)
    {
        var sum = Floor * z;
        for (var c = 0; c < _centres.Length; c++)
            sum += 0.5 * _width * _weights[c] * Math.Tanh((z - _centres[c]) / _width);

        return sum;
    }

    public (double Density, double Slope) Density(double z)
    {
        var density = Floor;
        double slope = 0;
        for (var c = 0; c < _centres.Length; c++)
        {
            var tangent = Math.Tanh((z - _centres[c]) / _width);
            var square = 1 - (tangent * tangent);
            density += 0.5 * _weights[c] * square;
            slope -= _weights[c] * square * tangent / _width;
        }

        return (density, slope);
    }
}
