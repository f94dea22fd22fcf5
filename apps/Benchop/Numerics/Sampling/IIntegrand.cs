namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// A function on the unit cube whose mean is to be estimated. It has one output for each evaluation point.
/// </summary>
internal interface IIntegrand
{
    int Dimensions { get; }

    int Outputs { get; }

    /// <summary>
    /// The known means of the control variates: one for each output, or none at all. A constant control has no effect.
    /// </summary>
    ReadOnlySpan<double> ControlMeans { get; }

    /// <summary>
    /// Evaluates the function at each point of a block. Adds the outputs, followed by the controls, to
    /// <paramref name="sums"/>. Adds the absolute value and the square of each output to <paramref name="sizes"/>.
    /// </summary>
    /// <param name="coordinates">
    /// The coordinates, as <see cref="IPointSet.Fill"/> writes them. The integrand may overwrite them.
    /// </param>
    void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes);
}
