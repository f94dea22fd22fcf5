namespace Headrace.Apps.Benchop.Collocation;

/// <summary>The weights of a discretisation whose derivatives are sums over a rectangle of nodes.</summary>
internal interface IPlaneWeights
{
    /// <summary>Number of nodes in each rectangle in the x direction.</summary>
    int Width { get; }

    /// <summary>Number of nodes in each rectangle in the y direction.</summary>
    int Height { get; }

    /// <summary>
    /// Computes the weights of the derivatives at node (i, j) and stores them in the stencil. On entry, the stencil's
    /// rectangle is set and its weights are zero. Returns false if the weights cannot be computed.
    /// </summary>
    bool Fill(int i, int j, PlaneStencil stencil);
}
