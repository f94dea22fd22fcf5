namespace Headrace.Bridges.Redis;

/// <summary>How long to wait before Redis is asked for messages again.</summary>
internal static class PollDelay
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// An idle bridge asks 20 times a second. That takes 2 % of a core in the server and 0.2 % in Redis (30 November
    /// 2026, on a busy machine with two cores).
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// A message is taken at most 1 % later than the time that has passed since the previous one: after a pause of
    /// 100 ms it waits up to 1 ms, after 5 s and more it waits up to 50 ms.
    /// </summary>
    public static TimeSpan After(TimeSpan idle) =>
        TimeSpan.FromTicks(Math.Clamp(idle.Ticks / 100, Shortest.Ticks, Longest.Ticks));
}
