namespace Headrace.Core;

/// <summary>The times at which a command is applied, and the batch that receives its output.</summary>
internal readonly record struct ApplyContext(Instant Now, Elapsed Elapsed, Batch Batch)
{
    /// <summary>
    /// <see cref="Now"/> without an unconfirmed forward step of the wall clock. Deadlines and retry delays use it
    /// (R20).
    /// </summary>
    public Instant Confirmed { get; init; } = Now;

    /// <summary>
    /// When the command arrived. A worker's message renews its leases from then on, and a wait begins then (R8, R20).
    /// </summary>
    public Elapsed Arrived { get; init; } = Elapsed;
}
