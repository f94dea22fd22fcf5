namespace Headrace.Worker.Commands;

/// <summary>The reason why a program is stopped before it ends on its own.</summary>
internal enum StopCause
{
    None,

    /// <summary>The job should stop because of a cancel request, its time limit, or the loss of its lease.</summary>
    Requested,

    TimeLimit,
    MemoryLimit,
    ScratchLimit,
    ResultTooLarge,
}

/// <summary>The action to take for a running program.</summary>
internal enum StopAction
{
    Continue,

    /// <summary>Send the stop signal of the method to the process group.</summary>
    Signal,

    /// <summary>Kill every process of the execution.</summary>
    Kill,
}

/// <summary>
/// Decides when a program is asked to stop and when it is killed. Pure; the times are durations since the program was
/// started.
/// </summary>
/// <param name="grace">How long the program may continue after the stop signal.</param>
/// <param name="timeLimit">The longest run time that the method allows; null for no limit.</param>
internal sealed class StopPlan(TimeSpan grace, TimeSpan? timeLimit)
{
    private bool _signalled;
    private TimeSpan? _killAt;

    /// <summary>Gets the reason why the program is stopped. The first cause wins.</summary>
    public StopCause Cause { get; private set; }

    /// <summary>Gets the time at which the next decision may change; null if only an event can change it.</summary>
    public TimeSpan? NextAt => Cause == StopCause.None ? timeLimit : _killAt;

    /// <summary>Requests the stop. The program can stop on its own during the grace period.</summary>
    public void Request(StopCause cause, TimeSpan now)
    {
        if (Cause == StopCause.None)
            (Cause, _killAt) = (cause, now + grace);
    }

    /// <summary>Requests that the program be killed immediately, even if it was already asked to stop.</summary>
    public void RequestKill(StopCause cause)
    {
        if (Cause == StopCause.None)
            Cause = cause;
        _killAt = TimeSpan.Zero;
    }

    /// <summary>Returns the action to take now. Each action is returned once, except that a kill is repeated.</summary>
    public StopAction Decide(TimeSpan now)
    {
        if (Cause == StopCause.None && timeLimit is { } limit && now >= limit)
            Request(StopCause.TimeLimit, now);
        if (_killAt is not { } at)
            return StopAction.Continue;
        if (now >= at)
            return StopAction.Kill;
        if (_signalled)
            return StopAction.Continue;
        _signalled = true;
        return StopAction.Signal;
    }
}
