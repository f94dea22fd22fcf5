namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// A function on the unit cube whose mean is sought, with several outputs, one for each evaluation point.
/// </summary>
internal interface IIntegrand
{
    int Dimensions { get; }

    int Outputs { get; }

    /// <summary>
    /// The known means of the control variates: empty, or one for each output. A control that is constant has no
    /// effect.
    /// </summary>
    ReadOnlySpan<double> ControlMeans { get; }

    /// <summary>
    /// Adds the outputs at each point of a block to <paramref name="sums"/>, followed by the controls. For each output,
    /// also adds its absolute values and its squares to <paramref name="sizes"/>.
    /// </summary>
    /// <param name="coordinates">As written by <see cref="IPointSet.Fill"/>; the integrand may overwrite them.</param>
    void Add(Span<double> coordinates, int length, Span<double> sums, Span<double> sizes);
}
