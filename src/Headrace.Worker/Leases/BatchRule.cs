namespace Headrace.Worker.Leases;

/// <summary>
/// Decides when a batch starts and how many jobs it contains, in the same way as the dynamic batcher of NVIDIA Triton:
/// a batch starts at once with the largest preferred size that the waiting jobs fill, or otherwise with all of them
/// when the first has waited long enough. Jobs that do not fit into a batch are the first ones in the next batch.
/// </summary>
internal static class BatchRule
{
    /// <summary>Returns the size of the batch that starts now; 0 if the jobs keep waiting for more.</summary>
    /// <param name="shape">The shape of the method.</param>
    /// <param name="waiting">The number of jobs that are waiting for a batch of the method.</param>
    /// <param name="isDue">Whether the first of them has waited for <see cref="Shape.MaxWait"/>.</param>
    public static int SizeOf(Shape shape, int waiting, bool isDue) =>
        waiting >= shape.MaxConcurrency ? shape.MaxConcurrency
        : isDue ? waiting
        : shape.PreferredSizes.LastOrDefault(size => size <= waiting);
}
