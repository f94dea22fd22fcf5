namespace Headrace.Worker.Leases;

/// <summary>
/// Contains the settings of a worker. Users set <see cref="Slots"/> and <see cref="OrphanGrace"/>. The other settings
/// are fixed, and their comments explain the values.
/// </summary>
internal sealed record WorkerRules
{
    /// <summary>Gets the number of jobs that run at the same time. Default: 1.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// Gets the time for which the worker tries to reconnect to an unreachable server before it exits. Default: 10
    /// minutes.
    /// </summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets the time that a cancelled method may take to return before its process is ended (contract, defaults).
    /// Default: 10 s.
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets the time that an executor may take to kill an execution before the process is ended as well. Killing a
    /// process takes milliseconds, except while it waits for a device. Default: 2 s.
    /// </summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long an exiting worker that is running no jobs waits for its executors to end everything that they started.
    /// </summary>
    public static readonly TimeSpan ExecutorCloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long an exiting worker waits for its executors after it has asked them to end everything immediately. With a
    /// lease of 30 s, a worker with an exclusive job has 2 s to exit, and half of that time is reserved for the exit
    /// handlers.
    /// </summary>
    public static readonly TimeSpan ExecutorAbandonTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The lease duration that the worker assumes until the first reply specifies it.</summary>
    public static readonly TimeSpan AssumedLease = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum time for which the server is asked to park an exchange. If a quarter of the lease is shorter, that time
    /// is used instead, so that the reply arrives before the exchange is sent again after a third of the lease (R8).
    /// </summary>
    public static readonly TimeSpan MaxPark = TimeSpan.FromSeconds(10);

    /// <summary>Delay after which a start is reported, so that jobs that end sooner need no separate message.</summary>
    public static readonly TimeSpan StartReportDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Minimum interval between progress reports.</summary>
    public static readonly TimeSpan ProgressPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Minimum interval between log reports. Each report sends the whole log tail (up to 64 KB), which is stored as a
    /// row, so the interval is longer than the one for progress reports.
    /// </summary>
    public static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(2);

    /// <summary>
    /// If no slot becomes free for this time, waiting jobs are released, because another worker may be idle.
    /// </summary>
    public static readonly TimeSpan WaitingTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// If no short job ends in a slot for this time, the running job is unexpectedly long. The jobs that were assigned
    /// to the slot in advance then return to the local queue, so that other slots can run them. A slot is assigned 2 ms
    /// of work in advance, and five times this duration exceeds normal scheduling jitter.
    /// </summary>
    public static readonly TimeSpan LocalQueueTimeout = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How much longer than the duration of a lease a worker waits for its name. The name stays in use until the broker
    /// has received no message from the other incarnation for the duration of a lease, and the last message may have
    /// arrived after the first rejection.
    /// </summary>
    public static readonly TimeSpan NameGrace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long an exiting worker that abandoned its running jobs waits for the acknowledgement of its final outcomes.
    /// </summary>
    public static readonly TimeSpan FinalReportTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of reports in flight: enough to keep sending while one is being committed, but few enough that
    /// pending changes are combined.
    /// </summary>
    public const int MaxReportsInFlight = 3;

    /// <summary>
    /// Maximum number of leases that a worker holds. The broker has the same limit, because the exit of a worker must
    /// not change more jobs than one command may change (R3).
    /// </summary>
    public const int MaxLeases = 1_000;

    /// <summary>
    /// Maximum size of the outcomes and logs in one message, in bytes; the broker's batch has the same limit.
    /// </summary>
    public const int MaxMessageBytes = 8 << 20;

    /// <summary>
    /// Maximum size of a result, in bytes. The store never accepts larger results (R15). The worker enforces the limit
    /// as well, so that the size of a message stays bounded.
    /// </summary>
    public const int MaxResultBytes = 1 << 20;

    /// <summary>Maximum number of outcomes in one message. No command may change more jobs than this (R3).</summary>
    public const int MaxMessageOutcomes = 1_000;
}
