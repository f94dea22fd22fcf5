namespace Headrace.Server.Pools.Local;

/// <summary>
/// How long a slot of the local pool rests after its process ended unasked: 0.1 s, doubling to 30 s. Each half second
/// that a process served after its join
/// forgives one crash: so a worker that is killed now and then is back at once, and one that dies as it starts, or of
/// its first job, is tried ever more rarely.
/// Five seconds of health forgive everything.
/// </summary>
internal readonly record struct RestartBackoff(int Crashes)
{
    public static readonly TimeSpan Min = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(30);

    /// <summary>Crashes after which the rest is the longest: 0.1 s · 2^9 is over 30 s.</summary>
    private const int MaxCrashes = 10;

    /// <summary>
    /// Several times what a process needs to start, so that a pool that dies and starts again and again still spends
    /// most of its time on jobs.
    /// </summary>
    private static readonly TimeSpan ForgiveAfter = TimeSpan.FromMilliseconds(500);

    public TimeSpan Delay =>
        Crashes == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Max.Ticks, Min.Ticks << (Crashes - 1)));

    /// <summary>
    /// After one more unasked end of a process that had served for so long since its join; zero if it never joined.
    /// </summary>
    public RestartBackoff After(TimeSpan served) =>
        new(Math.Min(MaxCrashes, 1 + Math.Max(0, Crashes - (int)Math.Min(MaxCrashes, served / ForgiveAfter))));
}
