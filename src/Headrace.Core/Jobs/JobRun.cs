namespace Headrace.Core.Jobs;

/// <summary>What the broker knows of the attempt that runs, and forgets with it. None of it is stored.</summary>
internal sealed class JobRun
{
    /// <summary>When the holder said that it began; null before.</summary>
    public Elapsed? Started;

    /// <summary>
    /// The order that carries <see cref="JobProgress.Wanted"/>, and since when the holder is known to have it.
    /// </summary>
    public long WantedOrder;
    public Elapsed? WantedHeard;

    /// <summary>What the holder last said of its progress.</summary>
    public Progress? Progress;
}
