namespace Headrace.Server.Workers.Local;

/// <summary>
/// How long a slot of the local pool rests after its process ended unasked: 0.1 s, doubling to 30 s. Each second that a process served after its join forgives
/// one crash: so a worker that is killed now and then is back at once, and one that dies as it starts, or within the first job, is tried ever more rarely.
/// A minute of health forgives everything.
/// </summary>
internal readonly record struct BackOff(int Crashes)
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Crashes after which the rest is the longest: 0.1 s · 2^9 is over 30 s.</summary>
    private const int Most = 10;

    public TimeSpan Rest => Crashes == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Longest.Ticks, Shortest.Ticks << (Crashes - 1)));

    /// <summary>After one more unasked end of a process that had served for so long since its join; zero if it never joined.</summary>
    public BackOff After(TimeSpan served) => new(Math.Min(Most, 1 + Math.Max(0, Crashes - (int)Math.Min(Most, served.TotalSeconds))));
}
