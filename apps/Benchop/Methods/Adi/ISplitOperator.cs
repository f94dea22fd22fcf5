namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// A two-dimensional operator A = A0 + A1 + A2 on a grid: A0 the mixed derivatives, A1 and A2 the rest along each
/// direction.
/// Values on the rim of the grid are fixed: the operator gives zero there and the solves keep what they find.
/// </summary>
internal interface ISplitOperator
{
    int Count { get; }

    void Apply(ReadOnlySpan<double> u, Span<double> mixed, Span<double> first, Span<double> second);

    /// <summary>Makes the solves ready for I - length A1 and I - length A2.</summary>
    void Factor(double length);

    void SolveFirst(Span<double> u);

    void SolveSecond(Span<double> u);
}
