namespace Headrace.Apps.Benchop.Collocation;

/// <summary>The weights of a discretisation whose derivatives are sums over a rectangle of nodes.</summary>
internal interface IPlaneWeights
{
    /// <summary>Number of nodes of each rectangle in the direction of x.</summary>
    int Width { get; }

    /// <summary>Number of nodes of each rectangle in the direction of y.</summary>
    int Height { get; }

    /// <summary>
    /// Fills the weights of the derivatives at node (i, j). On entry, the rectangle is set and its weights are zero.
    /// Returns false if the weights cannot be computed.
    /// </summary>
    bool Fill(int i, int j, PlaneStencil stencil);
}
