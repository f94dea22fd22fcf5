namespace Headrace.Worker.Leases;

/// <summary>
/// How a worker behaves; what a user sets is <see cref="Slots"/> and <see cref="OrphanGrace"/>, the rest are constants
/// with their reasons.
/// </summary>
internal sealed record WorkerRules
{
    /// <summary>Jobs that run at once.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>How long a server that is gone is looked for before the worker ends.</summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a method may take to heed its cancellation before its process is ended (contract, defaults).
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The lease that is assumed until the first reply says it.</summary>
    public static readonly TimeSpan AssumedLease = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest park that is asked for; a quarter of a shorter lease, so that the reply of a silent park comes
    /// before its exchange is sent again at a third (R8).
    /// </summary>
    public static readonly TimeSpan LongestPark = TimeSpan.FromSeconds(10);

    /// <summary>A start is told when it is so old: jobs that end sooner cost no message of their own.</summary>
    public static readonly TimeSpan StartDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Progress goes out at most twice a second.</summary>
    public static readonly TimeSpan ProgressPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>A log tail is sent whole (up to 64 KB) and stored as a row each time: rarer than progress.</summary>
    public static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(2);

    /// <summary>
    /// When no slot has come free for so long, what waits here goes back: another worker may be idle.
    /// </summary>
    public static readonly TimeSpan WaitingPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// When a seat for short jobs has ended none for so long, what it was handed ahead comes back to the line of this
    /// worker, for its other seats: one job is long for once. What a seat is handed ahead
    /// is 2 ms of work; five times that is no hiccup of the machine.
    /// </summary>
    public static readonly TimeSpan DeckPatience = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How long a worker that leaves waits for its last words to be acknowledged, where nobody waits for running jobs.
    /// </summary>
    public static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Reports under way at once: enough to keep sending while one commits, few enough that what waits is sent
    /// together.
    /// </summary>
    public const int ReportsInFlight = 3;

    /// <summary>
    /// Leases at once, where the broker ends too: the end of a worker changes no more jobs than a command may (R3).
    /// </summary>
    public const int MostLeases = 1_000;

    /// <summary>Outcomes and logs of one message, in bytes; the broker's batch ends at as much.</summary>
    public const int MessageBytes = 8 << 20;

    /// <summary>Outcomes of one message; no command changes more jobs (R3).</summary>
    public const int MessageOutcomes = 1_000;
}
