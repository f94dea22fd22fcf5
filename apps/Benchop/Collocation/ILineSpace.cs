namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// A discretisation of functions of one variable: nodes, and the solution of implicit time steps on them.
/// </summary>
internal interface ILineSpace
{
    /// <summary>The nodes in increasing order. One of them is the kink of the payoff.</summary>
    double[] Nodes { get; }

    /// <summary>
    /// Prepares (1 - length * L) u = s for any number of right-hand sides. Returns false if the system cannot be solved
    /// reliably.
    /// </summary>
    /// <param name="held">True for each node at which u equals s, because L is not applied there.</param>
    bool Factor(LineOperator operation, double length, ReadOnlySpan<bool> held);

    /// <summary>Replaces s with u.</summary>
    void Solve(Span<double> values);
}
