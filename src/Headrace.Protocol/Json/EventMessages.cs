namespace Headrace.Protocol.Json;

/// <summary>A job was submitted, changed state, made progress or wrote log lines.</summary>
/// <param name="Id">The id of the job.</param>
/// <param name="State">The state of the job after the change.</param>
/// <param name="At">When the server applied the change.</param>
public sealed record JobEventReply(string Id, string State, DateTimeOffset At)
{
    /// <summary>Gets the state before the change; null for a new job, or if the state did not change.</summary>
    public string? Previous { get; init; }

    /// <summary>Gets the queue from which the job moved; null if it stays in its queue.</summary>
    public string? PreviousQueue { get; init; }

    /// <summary>Gets the queue of the job.</summary>
    public string Queue { get; init; } = "";

    /// <summary>Gets the method of the job.</summary>
    public string Method { get; init; } = "";

    /// <summary>Gets the user who submitted the job.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Gets the number of the attempt; 0 before the first one.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the worker that runs the job or ran its last attempt.</summary>
    public string? Worker { get; init; }

    /// <summary>Gets the reason why the job failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets the error of an ended job, without its detail.</summary>
    public ErrorReply? Error { get; init; }

    /// <summary>Gets the latest progress of the running attempt.</summary>
    public ProgressReply? Progress { get; init; }

    /// <summary>Gets the time at which a scheduled job becomes ready.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }
}

/// <summary>A worker joined, receives no more jobs, disconnected or was rejected.</summary>
/// <param name="Name">The name of the worker.</param>
/// <param name="Change">The change: <c>joined</c>, <c>draining</c>, <c>disconnected</c> or <c>rejected</c>.</param>
/// <param name="At">When the server published the change.</param>
public sealed record WorkerEventReply(string Name, string Change, DateTimeOffset At)
{
    /// <summary>Gets the pool of the worker that joined.</summary>
    public string? Pool { get; init; }

    /// <summary>Gets the reason why the worker disconnected or was rejected.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets the number of jobs that the worker held when it disconnected.</summary>
    public int? Leases { get; init; }
}

/// <summary>The settings of a queue changed.</summary>
/// <param name="Name">The name of the queue.</param>
/// <param name="Change">
/// What happened: <c>paused</c>, <c>draining</c>, <c>resumed</c> after either of them, or <c>changed</c> for all other
/// settings.
/// </param>
/// <param name="At">When the settings changed.</param>
public sealed record QueueEventReply(string Name, string Change, DateTimeOffset At)
{
    /// <summary>Gets the user who changed the settings.</summary>
    public string? By { get; init; }
}

/// <summary>A pool changed its size, or a process of one of its workers started or exited.</summary>
/// <param name="Name">The name of the pool.</param>
/// <param name="Change">
/// What happened: <c>scaled</c> after a decision about the size of the pool, <c>started</c> or <c>exited</c> for the
/// process of a worker, <c>failed</c> if a process could not be started.
/// </param>
/// <param name="At">When the server published the change.</param>
public sealed record PoolEventReply(string Name, string Change, DateTimeOffset At)
{
    /// <summary>Gets the worker whose process started or exited.</summary>
    public string? Worker { get; init; }

    /// <summary>Gets the number of workers before a decision.</summary>
    public int? Workers { get; init; }

    /// <summary>Gets the number of workers that a decision starts.</summary>
    public int? Starting { get; init; }

    /// <summary>Gets the names of the workers that a decision tells to finish their jobs and exit.</summary>
    public IReadOnlyList<string>? Draining { get; init; }

    /// <summary>Gets the reason for the decision, how the process exited, or why it could not be started.</summary>
    public string? Reason { get; init; }
}

/// <summary>Events may be missing before this one.</summary>
/// <param name="Reason">
/// Why events may be missing: <c>start</c> at the start of a stream, <c>behind</c> if the client was too slow, or
/// <c>restarted</c> if the server restarted.
/// </param>
public sealed record ResyncReply(string Reason);
