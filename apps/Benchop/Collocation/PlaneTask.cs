using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// An initial value problem u_t = L u for t from 0 to 1 in a rectangle. At both ends of x, u keeps its initial value;
/// at the ends of y, the coefficients express the boundary condition.
/// </summary>
internal sealed record PlaneTask
{
    /// <summary>Graded nodes in x. The slope u_x of the initial values jumps at the kink.</summary>
    public required LineNodes GradedX { get; init; }

    public required LineNodes GradedY { get; init; }

    /// <summary>If not null, these nodes replace the graded nodes in x. One of them is the kink.</summary>
    public double[]? AdaptedX { get; init; }

    /// <summary>If not null, these nodes replace the graded nodes in y.</summary>
    public double[]? AdaptedY { get; init; }

    public double[] X => AdaptedX ?? GradedX.Z;

    public double[] Y => AdaptedY ?? GradedY.Z;

    public required Func<double, double, double> Initial { get; init; }

    /// <summary>The jump of u_x at the kink as a function of y.</summary>
    public required Func<double, double> SlopeJump { get; init; }

    /// <summary>The coefficients at (x, y); the last argument is true at the lowest and the highest y.</summary>
    public required Func<double, double, bool, PlaneCoefficients> Coefficients { get; init; }
}

/// <summary>The coefficients of L u = XX u_xx + XY u_xy + YY u_yy + X u_x + Y u_y.</summary>
internal readonly record struct PlaneCoefficients(double XX, double XY, double YY, double X, double Y);
