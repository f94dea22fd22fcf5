namespace Headrace.Core.Jobs;

/// <summary>The state of a job. The numeric values are stored and must never change.</summary>
public enum JobState : byte
{
    None = 0,
    Blocked = 1,
    Scheduled = 2,
    Ready = 3,
    Running = 4,
    Succeeded = 5,
    Failed = 6,
    Cancelled = 7,
}

/// <summary>The reason why a job failed. The numeric values are stored and must never change.</summary>
public enum FailReason : byte
{
    None = 0,

    /// <summary>The method failed and reported that the error is not retryable.</summary>
    Error = 1,

    /// <summary>The method failed and no retries are left.</summary>
    Exhausted = 2,
    Timeout = 3,

    /// <summary>The method rejected its input.</summary>
    Rejected = 4,
    Deadline = 5,
    Dependency = 6,
    Lost = 7,
    Poison = 8,
    TooLarge = 9,
}

/// <summary>
/// The kind of stop requested for a running job (R12). The numeric values are stored and must never change.
/// </summary>
public enum StopReason : byte
{
    None = 0,
    Cancel = 1,
    Deadline = 2,
    Timeout = 3,
}

/// <summary>The table of legal state transitions. No other state change is possible.</summary>
internal static class JobStates
{
    private static readonly bool[,] LegalTransitions = Table(
        (JobState.None, [JobState.Blocked, JobState.Scheduled, JobState.Ready]),
        // A child whose parent attempt ended without success is removed, so it no longer has a state.
        (JobState.Blocked, [JobState.None, JobState.Scheduled, JobState.Ready, JobState.Failed, JobState.Cancelled]),
        (JobState.Scheduled, [JobState.Ready, JobState.Failed, JobState.Cancelled]),
        (JobState.Ready, [JobState.Running, JobState.Failed, JobState.Cancelled]),
        (
            JobState.Running,
            [JobState.Succeeded, JobState.Scheduled, JobState.Ready, JobState.Failed, JobState.Cancelled]
        ),
        (JobState.Failed, [JobState.Scheduled, JobState.Ready]),
        (JobState.Cancelled, [JobState.Scheduled, JobState.Ready])
    );

    public static bool CanTransition(JobState from, JobState to) => LegalTransitions[(int)from, (int)to];

    public static bool IsEnded(this JobState state) => state >= JobState.Succeeded;

    /// <summary>
    /// True for a job in the broker's memory: it has been accepted, and has neither ended nor been removed.
    /// </summary>
    public static bool IsUnfinished(this JobState state) => state is not JobState.None && !state.IsEnded();

    public static string ToWireName(this JobState state) =>
        state switch
        {
            JobState.Blocked => "blocked",
            JobState.Scheduled => "scheduled",
            JobState.Ready => "ready",
            JobState.Running => "running",
            JobState.Succeeded => "succeeded",
            JobState.Failed => "failed",
            JobState.Cancelled => "cancelled",
            _ => "none",
        };

    public static string ToWireName(this FailReason reason) =>
        reason switch
        {
            FailReason.Error => "error",
            FailReason.Exhausted => "exhausted",
            FailReason.Timeout => "timeout",
            FailReason.Rejected => "rejected",
            FailReason.Deadline => "deadline",
            FailReason.Dependency => "dependency",
            FailReason.Lost => "lost",
            FailReason.Poison => "poison",
            FailReason.TooLarge => "too-large",
            _ => "none",
        };

    public static string ToWireName(this StopReason stopReason) =>
        stopReason switch
        {
            StopReason.Cancel => "cancel",
            StopReason.Deadline => "deadline",
            StopReason.Timeout => "timeout",
            _ => "nothing",
        };

    private static bool[,] Table(params (JobState From, JobState[] To)[] moves)
    {
        var table = new bool[(int)JobState.Cancelled + 1, (int)JobState.Cancelled + 1];
        foreach (var (from, targets) in moves)
            foreach (var to in targets)
                table[(int)from, (int)to] = true;
        return table;
    }
}
