namespace Headrace.Worker.Leases;

/// <summary>
/// Contains the settings of a worker. Users set <see cref="Slots"/> and <see cref="OrphanGrace"/>; everything else is a
/// constant with its reason.
/// </summary>
internal sealed record WorkerRules
{
    /// <summary>Gets the number of jobs that run at the same time. Default: 1.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>
    /// Gets how long the worker tries to reconnect to an unreachable server before it exits. Default: 10 minutes.
    /// </summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets how long a cancelled method may take to return before its process is ended (contract, defaults). Default:
    /// 10 s.
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The lease duration that the worker assumes until the first reply specifies it.</summary>
    public static readonly TimeSpan AssumedLease = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum park time to request. For a shorter lease it is a quarter of the lease, so that the reply to an idle
    /// park arrives before the exchange is sent again after a third of it (R8).
    /// </summary>
    public static readonly TimeSpan MaxPark = TimeSpan.FromSeconds(10);

    /// <summary>A start is reported when it is this old: jobs that end sooner need no message of their own.</summary>
    public static readonly TimeSpan StartReportDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Minimum interval between progress reports.</summary>
    public static readonly TimeSpan ProgressPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Minimum interval between log reports. Each one sends the whole tail (up to 64 KB) and stores it as a row, so it
    /// is longer than that of progress.
    /// </summary>
    public static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(2);

    /// <summary>
    /// When no slot has become free for this time, waiting jobs are released: another worker may be idle.
    /// </summary>
    public static readonly TimeSpan WaitingTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// When no job has ended in a slot for short jobs for this time, one of them is unexpectedly long, and the jobs
    /// assigned in advance return to the local queue for other slots. A slot is assigned 2 ms of work in advance; five
    /// times that is beyond normal scheduling jitter.
    /// </summary>
    public static readonly TimeSpan LocalQueueTimeout = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How long an exiting worker that abandoned its running jobs waits for the acknowledgement of its final outcomes.
    /// </summary>
    public static readonly TimeSpan FinalReportTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of reports in flight: enough to keep sending while one commits, few enough that pending changes
    /// are combined.
    /// </summary>
    public const int MaxReportsInFlight = 3;

    /// <summary>
    /// Maximum number of leases that a worker holds. The broker has the same limit, because the exit of a worker must
    /// not change more jobs than one command may (R3).
    /// </summary>
    public const int MaxLeases = 1_000;

    /// <summary>
    /// Maximum size of the outcomes and logs in one message, in bytes; the broker's batch has the same limit.
    /// </summary>
    public const int MaxMessageBytes = 8 << 20;

    /// <summary>Maximum number of outcomes in one message; no command changes more jobs (R3).</summary>
    public const int MaxMessageOutcomes = 1_000;
}
