namespace Headrace.Apps.Benchop.Collocation;

/// <summary>The solution of implicit time steps on the nodes of a <see cref="PlaneTask"/>.</summary>
internal interface IPlaneSpace
{
    /// <summary>
    /// Prepares (1 - length * L) u = s for any number of right-hand sides; u equals s at both ends of x. Returns false
    /// if the system cannot be solved reliably.
    /// </summary>
    bool Factor(double length);

    /// <summary>Replaces s with u. The values of one x are consecutive.</summary>
    void Solve(Span<double> values);
}
