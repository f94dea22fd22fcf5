namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>A one-dimensional operator across the rows of a plane, applied to every lane at once.</summary>
internal interface IPlaneLine
{
    /// <summary>Factorises I - length * A for <see cref="Solve"/>.</summary>
    void Factor(double length);

    void Apply(ReadOnlySpan<double> w, Span<double> result);

    /// <summary>Solves (I - length * A) W = R in place.</summary>
    void Solve(Span<double> w);
}
