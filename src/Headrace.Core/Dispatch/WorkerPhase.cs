namespace Headrace.Core.Dispatch;

/// <summary>Whether a worker accepts jobs. A worker only moves forward through these phases.</summary>
internal enum WorkerPhase : byte
{
    /// <summary>The worker accepts jobs.</summary>
    Active,

    /// <summary>
    /// The server asked the worker to finish its jobs and exit. The worker has not confirmed the request yet.
    /// </summary>
    DrainRequested,

    /// <summary>The worker reported that it accepts no more jobs.</summary>
    Draining,

    /// <summary>The server instructed the worker to stop its jobs and exit.</summary>
    Terminating,
}

/// <summary>Whether the broker receives messages from a worker (R8).</summary>
internal enum WorkerLiveness : byte
{
    /// <summary>
    /// The worker was loaded from the store and has not sent a message since. If its leases expire, they do not count
    /// as lost (R10).
    /// </summary>
    Restored,

    Responsive,

    /// <summary>
    /// No message has arrived for one lease period, so the worker's leases have expired. The worker can resume a job
    /// only by listing it before another worker claims it (R11).
    /// </summary>
    Unresponsive,
}
