namespace Headrace.Core;

/// <summary>The times at which a command is applied, and the batch that receives its output.</summary>
internal readonly record struct ApplyContext(Instant Now, Elapsed Elapsed, Batch Batch)
{
    /// <summary>
    /// <see cref="Now"/>, excluding any forward step of the wall clock that is not confirmed yet. Used for deadlines
    /// and retry delays (R20).
    /// </summary>
    public Instant Confirmed { get; init; } = Now;

    /// <summary>
    /// When the command arrived. A worker's message renews leases from this time on, and a request starts to wait at
    /// this time (R8, R20).
    /// </summary>
    public Elapsed Arrived { get; init; } = Elapsed;

    /// <summary>
    /// Returns the time elapsed since an earlier value of <see cref="Now"/>. An unconfirmed forward step of the wall
    /// clock does not count: setting the clock forward by three days does not mean that a job waited for three days.
    /// </summary>
    public TimeSpan Since(Instant recorded) => (recorded <= Confirmed ? Confirmed : Now) - recorded;
}
