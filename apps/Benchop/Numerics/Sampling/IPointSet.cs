namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// A set of points in the unit cube. A point is a function of its index, so blocks of points can be computed in any
/// order and on any thread.
/// </summary>
internal interface IPointSet
{
    /// <summary>The number of points, a multiple of four.</summary>
    int Count { get; }

    /// <summary>
    /// Writes <paramref name="length"/> points, starting with the point <paramref name="first"/>. The values of the
    /// first coordinate of all these points come first.
    /// </summary>
    /// <param name="first">The index of the first point, a multiple of <see cref="ReplicatedMean.Block"/>.</param>
    /// <param name="length">The number of points, a multiple of four and at most one block.</param>
    /// <param name="coordinates">Has room for <paramref name="length"/> values of each coordinate.</param>
    void Fill(int first, int length, Span<double> coordinates);
}
