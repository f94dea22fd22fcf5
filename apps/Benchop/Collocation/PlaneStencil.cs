namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// The weights with which the values in a rectangle of nodes form the derivatives at one node. The weights of a row of
/// constant x are consecutive.
/// </summary>
internal sealed class PlaneStencil(int width, int height)
{
    /// <summary>Number of nodes in the x direction.</summary>
    public int Width => width;

    /// <summary>Number of nodes in the y direction.</summary>
    public int Height => height;

    public int FirstX { get; set; }

    public int FirstY { get; set; }

    public double[] X { get; } = new double[width * height];

    public double[] Y { get; } = new double[width * height];

    public double[] XX { get; } = new double[width * height];

    public double[] XY { get; } = new double[width * height];

    public double[] YY { get; } = new double[width * height];

    public void Clear()
    {
        foreach (var weights in (double[][])[X, Y, XX, XY, YY])
            Array.Clear(weights);
    }

    /// <summary>
    /// Replaces derivatives with respect to the indices with derivatives with respect to the coordinates.
    /// </summary>
    /// <param name="x">The first and second derivatives of x with respect to its index.</param>
    /// <param name="y">The first and second derivatives of y with respect to its index.</param>
    public void Transform((double First, double Second) x, (double First, double Second) y)
    {
        for (var k = 0; k < X.Length; k++)
        {
            XX[k] = (XX[k] - (x.Second / x.First * X[k])) / (x.First * x.First);
            YY[k] = (YY[k] - (y.Second / y.First * Y[k])) / (y.First * y.First);
            XY[k] /= x.First * y.First;
            X[k] /= x.First;
            Y[k] /= y.First;
        }
    }
}
