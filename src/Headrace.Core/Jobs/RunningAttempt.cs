namespace Headrace.Core.Jobs;

/// <summary>
/// State of the running attempt, discarded when the attempt ends. Only its latest submission of children is stored.
/// </summary>
internal sealed class RunningAttempt
{
    /// <summary>
    /// Number of the holder's slots that the attempt occupies. A later change to the method does not affect it.
    /// </summary>
    public int Slots = 1;

    /// <summary>When the holder reported the start of the attempt; null until then.</summary>
    public Elapsed? Started;

    /// <summary>
    /// When the attempt started by the wall clock: that of the holder, or the time of its first report if it does not
    /// say so; null until then.
    /// </summary>
    public Instant? StartedAt;

    /// <summary>
    /// The number of the instruction that contains <see cref="JobStatus.StopRequest"/>, and the earliest time at which
    /// the holder was known to have received it.
    /// </summary>
    public long StopInstruction;
    public Elapsed? StopDeliveredAt;

    /// <summary>The progress that the holder last reported.</summary>
    public Progress? Progress;

    /// <summary>The children that the attempt has submitted; null if it has submitted none (R13).</summary>
    public AttemptChildren? Children;
}
