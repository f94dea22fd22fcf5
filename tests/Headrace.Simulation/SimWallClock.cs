using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>The machine's wall clock, which a schedule can set forward and back (R20).</summary>
internal sealed class SimWallClock
{
    private readonly Queue<(Elapsed At, TimeSpan By)> _largeSteps = [];
    private readonly List<(Elapsed At, TimeSpan By)> _forwardSteps = [];

    /// <summary>The total time by which the clock has been set back.</summary>
    private TimeSpan _setBack;

    public Instant Now { get; private set; } = new(1_800_000_000_000_000);

    public Instant After(TimeSpan ahead) => Now + ahead;

    public void Advance(TimeSpan span) => Now += span;

    /// <summary>Sets the clock forward or back.</summary>
    /// <param name="by">The time by which it jumps.</param>
    /// <param name="at">The monotonic time.</param>
    /// <param name="isNoticed">True if the server can notice the jump by comparing times.</param>
    public void Jump(TimeSpan by, Elapsed at, bool isNoticed)
    {
        Now += by;
        if (by > TimeSpan.Zero)
            _forwardSteps.Add((at, by));
        if (by < TimeSpan.Zero)
            _setBack -= by;
        if (by > TimeSpan.FromHours(24) && isNoticed)
            _largeSteps.Enqueue((at, by));
    }

    /// <summary>Sets the clock forward by as much as it has been set back.</summary>
    public void Correct(Elapsed at)
    {
        Now += _setBack;
        _forwardSteps.Add((at, _setBack));
    }

    /// <summary>
    /// Returns how far the clock has stepped forward since the given time, not counting large steps that are not
    /// confirmed yet (R20).
    /// </summary>
    public TimeSpan TrustedStepsSince(Elapsed since, Elapsed now)
    {
        var steps = TimeSpan.Zero;
        foreach (var (at, by) in _forwardSteps)
            if (at >= since && (by <= ShardClock.MaxTrustedJump || now - at >= ShardClock.JumpConfirmationTime))
                steps += by;
        return steps;
    }

    /// <summary>
    /// Returns true if a job may now fail because of this deadline. The clock must have passed it, not counting large
    /// steps in the last 15 minutes (R20). The tolerance covers small steps and the drift after them.
    /// </summary>
    public bool MayEnforce(Instant deadline, Elapsed now)
    {
        var wall = Now;
        foreach (var (at, by) in _largeSteps)
            if (now - at < ShardClock.JumpConfirmationTime)
                wall += -by;
        return deadline <= wall + TimeSpan.FromHours(24);
    }
}
