namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// A smooth, increasing map from a coordinate to the node index, defined by the node density.
/// </summary>
internal interface INodeMap
{
    /// <summary>The integral of the density.</summary>
    double Mass(double z);

    /// <summary>The density and its derivative.</summary>
    (double Density, double Slope) Density(double z);
}
