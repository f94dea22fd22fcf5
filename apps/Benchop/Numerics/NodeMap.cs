namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// A smooth map from a coordinate z to a node index that concentrates nodes around given centres: the node density is
/// the sum of 1/sqrt(w^2 + (z - c)^2) over the centres c and their widths w. The map and its first two derivatives are
/// closed formulas, so a discretisation may work with equally spaced indices and transform its derivatives.
/// </summary>
internal sealed class NodeMap(double[] centres, double[] widths) : INodeMap
{
    public double Mass(double z)
    {
        double sum = 0;
        for (var k = 0; k < centres.Length; k++)
            sum += Math.Asinh((z - centres[k]) / widths[k]);

        return sum;
    }

    public (double Density, double Slope) Density(double z)
    {
        double density = 0;
        double slope = 0;
        for (var k = 0; k < centres.Length; k++)
        {
            var d = z - centres[k];
            var inverse = 1 / Math.Sqrt((widths[k] * widths[k]) + (d * d));
            density += inverse;
            slope -= d * inverse * inverse * inverse;
        }

        return (density, slope);
    }
}
