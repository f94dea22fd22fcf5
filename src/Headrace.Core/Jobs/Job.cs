using Headrace.Core.Queues;

namespace Headrace.Core.Jobs;

/// <summary>One live job in the broker's memory. Only <see cref="Lifecycle"/> changes its state.</summary>
internal sealed class Job(JobId id, JobSpec spec)
{
    public readonly JobId Id = id;
    public readonly JobSpec Spec = spec;

    /// <summary>The columns that change. A field, not a property: its members are set in place.</summary>
    public JobProgress Now;

    /// <summary>
    /// The lane it waits in while ready, its place there, and whether that is in the line or in the heap.
    /// </summary>
    public Lane? Lane;
    public int Place;
    public bool InLine;

    /// <summary>True from the first change in a batch until that batch is sealed.</summary>
    public bool Touched;

    /// <summary>True once a sealed batch has written its row.</summary>
    public bool Stored;

    /// <summary>
    /// The incarnations that gave it back, and how long each is passed over (R10); null while none did.
    /// </summary>
    public List<Shun>? Shuns;

    /// <summary>
    /// The last attempt whose outcome was recorded: the same outcome again is a repeat, not a stranger's.
    /// </summary>
    public int Recorded;

    /// <summary>
    /// What is known of the running attempt alone; null while there is nothing. Most live jobs wait, and a waiting one
    /// should be small: a million of them lie in memory.
    /// </summary>
    public JobRun? Run;

    public LeaseToken Lease => new(Id, Now.Attempt);

    public JobRow ToRow() => new(Id, Spec, Now) { Progress = Run?.Progress };
}

/// <summary>How far a running attempt says it is.</summary>
internal sealed record Progress(double Fraction, string? Text);

/// <summary>
/// An incarnation that gave a job back is not given it again before <paramref name="Until"/>; the pause doubles each
/// time.
/// </summary>
internal readonly record struct Shun(Incarnation By, Elapsed Until, TimeSpan Pause);
