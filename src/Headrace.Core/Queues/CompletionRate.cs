namespace Headrace.Core.Queues;

/// <summary>
/// Counts the jobs that ended in each of the last ten seconds. The rate determines the retry delay that a rejected
/// caller receives.
/// </summary>
internal sealed class CompletionRate
{
    private const int Seconds = 10;
    private readonly (long Second, int Ended)[] _ring = new (long, int)[Seconds];

    public void Record(Elapsed now)
    {
        var second = now.Micros / 1_000_000;
        ref var slot = ref _ring[second % Seconds];
        slot = slot.Second == second ? (second, slot.Ended + 1) : (second, 1);
    }

    /// <summary>
    /// Estimates the time until this many jobs have ended: their number divided by the rate at which jobs ended in the
    /// last 10 s, clamped to 1–60 s. The estimate is 5 s if no job ended in that period.
    /// </summary>
    public TimeSpan TimeToEnd(long jobs, Elapsed now)
    {
        var perSecond = PerSecond(now);
        return TimeSpan.FromSeconds(perSecond > 0 ? Math.Clamp(Math.Ceiling(jobs / perSecond), 1, 60) : 5);
    }

    private double PerSecond(Elapsed now)
    {
        var second = now.Micros / 1_000_000;
        var ended = 0;
        foreach (var slot in _ring)
            if (second - slot.Second < Seconds)
                ended += slot.Ended;
        return ended / (double)Seconds;
    }
}
