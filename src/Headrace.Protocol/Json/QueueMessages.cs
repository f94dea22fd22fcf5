namespace Headrace.Protocol.Json;

/// <summary>How long the ended jobs in a queue are kept. Whichever limit is reached first applies.</summary>
public sealed record KeepLimit
{
    /// <summary>The age at which a job is deleted, at least <c>1h</c>, for example <c>7d</c>.</summary>
    public string? Age { get; init; }

    /// <summary>The total size above which the oldest jobs are deleted, in bytes.</summary>
    public long? Bytes { get; init; }
}

/// <summary>
/// The body of <c>PUT /v1/queues/{queue}/settings</c>: all settings of a queue. An absent member is set to its default.
/// </summary>
public sealed record QueueSettingsRequest
{
    /// <summary>The version that the settings must have; null to replace any version.</summary>
    public long? Version { get; init; }

    /// <summary>The maximum number of unfinished jobs.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>The maximum size of the bodies and params of the unfinished jobs, in bytes.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The time limit for jobs that are submitted without one, for example <c>15m</c>.</summary>
    public string? TimeLimit { get; init; }

    /// <summary>
    /// How long a submission waits for a place while the queue is full, at most <c>30s</c>; absent to reject it at
    /// once.
    /// </summary>
    public string? WaitWhenFull { get; init; }

    /// <summary>How long succeeded jobs are kept.</summary>
    public KeepLimit? KeepSucceeded { get; init; }

    /// <summary>How long failed and cancelled jobs are kept.</summary>
    public KeepLimit? KeepFailed { get; init; }

    /// <summary>
    /// The retry policy for jobs. Each member applies only if neither the submission nor the job's method specifies it.
    /// </summary>
    public RetryTerms? Retry { get; init; }
}

/// <summary>The settings of a queue.</summary>
public sealed record QueueSettingsReply
{
    public required string Queue { get; init; }

    /// <summary>The version of the settings; 0 if none have been set.</summary>
    public required long Version { get; init; }

    /// <summary>True if the queue does not start any jobs.</summary>
    public required bool Paused { get; init; }

    /// <summary>True if the queue accepts no further jobs.</summary>
    public required bool Draining { get; init; }

    /// <summary>The maximum number of unfinished jobs; absent for the server default.</summary>
    public long? MaxJobs { get; init; }

    /// <summary>
    /// The maximum size of the bodies and params of the unfinished jobs, in bytes; absent for the server default.
    /// </summary>
    public long? MaxBytes { get; init; }

    /// <summary>The time limit for jobs that are submitted without one; absent if there is none.</summary>
    public string? TimeLimit { get; init; }

    /// <summary>
    /// How long a submission waits for a place while the queue is full; absent if it is rejected at once.
    /// </summary>
    public string? WaitWhenFull { get; init; }

    public required KeepLimit KeepSucceeded { get; init; }

    public required KeepLimit KeepFailed { get; init; }

    /// <summary>
    /// The retry policy for jobs. Each member applies only if neither the submission nor the job's method specifies it.
    /// If it is absent, the server defaults apply.
    /// </summary>
    public RetryTerms? Retry { get; init; }

    /// <summary>Who last changed the settings.</summary>
    public string? ChangedBy { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }
}

/// <summary>The number of ready jobs that a purge cancelled, and the number of jobs that are still ready.</summary>
public sealed record PurgeReply(long Cancelled, long Ready);

/// <summary>The id of a deleted job.</summary>
public sealed record DeletedReply(string Id);

/// <summary>
/// The space that the store occupies on disk, and the space that the ended jobs in each queue occupy.
/// </summary>
public sealed record StoreUsageReply
{
    /// <summary>The size of the file in bytes, including the free space inside it; 0 for a store in memory.</summary>
    public required long Bytes { get; init; }

    /// <summary>The free space inside the file in bytes, which new jobs use before the file grows.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>The size of the write-ahead log in bytes.</summary>
    public required long LogBytes { get; init; }

    /// <summary>The ended jobs by queue, ordered by name.</summary>
    public required IReadOnlyList<KeptJobsReply> Kept { get; init; }

    /// <summary>The value of <c>after</c> for the next page; absent on the last one.</summary>
    public string? Next { get; init; }
}

/// <summary>The ended jobs in a queue in one class: succeeded or unsuccessful.</summary>
public sealed record KeptJobsReply
{
    public required string Queue { get; init; }

    /// <summary>The class: <c>succeeded</c>, or <c>failed</c> for failed and cancelled jobs.</summary>
    public required string State { get; init; }

    public required long Jobs { get; init; }

    /// <summary>The size of the jobs with their bodies, params and results, in bytes.</summary>
    public required long Bytes { get; init; }

    public required KeepLimit Keep { get; init; }

    /// <summary>
    /// No job ended before this time; absent until the server has determined it, shortly after its start.
    /// </summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>
    /// When the oldest job is due for deletion, which may take place a few seconds later. Absent if the time is not
    /// known yet.
    /// </summary>
    public DateTimeOffset? NextDeletion { get; init; }
}
