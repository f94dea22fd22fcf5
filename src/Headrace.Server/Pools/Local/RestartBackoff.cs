namespace Headrace.Server.Pools.Local;

/// <summary>
/// The delay before a slot of the local pool starts a new process after a crash: 0.1 s, doubled for each further crash,
/// up to 30 s. Each half second that a process runs after joining cancels one crash, so all crashes are cancelled after
/// five seconds. A worker that is killed occasionally is therefore replaced at once, while a worker that crashes at
/// startup or in its first job is restarted with increasing delays.
/// </summary>
internal readonly record struct RestartBackoff(int Crashes)
{
    public static readonly TimeSpan Min = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(30);

    /// <summary>The number of crashes at which the delay reaches its maximum: 0.1 s · 2^9 is more than 30 s.</summary>
    private const int MaxCrashes = 10;

    /// <summary>
    /// The run time after joining that cancels one crash. It is several times the startup time of a process, so that a
    /// pool whose processes crash repeatedly still spends most of its time on jobs.
    /// </summary>
    private static readonly TimeSpan ForgiveAfter = TimeSpan.FromMilliseconds(500);

    public TimeSpan Delay =>
        Crashes == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Max.Ticks, Min.Ticks << (Crashes - 1)));

    /// <summary>
    /// Adds one crash. <paramref name="served"/> is the time for which the process ran after it joined, or zero if it
    /// never joined.
    /// </summary>
    public RestartBackoff After(TimeSpan served) =>
        new(Math.Min(MaxCrashes, 1 + Math.Max(0, Crashes - (int)Math.Min(MaxCrashes, served / ForgiveAfter))));
}
