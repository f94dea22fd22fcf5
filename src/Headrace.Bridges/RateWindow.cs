namespace Headrace.Bridges;

/// <summary>Counts events per second over the last ten seconds. Its owner synchronizes the calls.</summary>
internal sealed class RateWindow(TimeProvider time)
{
    private const int Seconds = 10;

    private readonly long[] _counts = new long[Seconds];

    /// <summary>The latest second with a count, in seconds since the start of the time provider's clock.</summary>
    private long _latest = long.MinValue;

    public void Add(long count)
    {
        Advance();
        _counts[_latest % Seconds] += count;
    }

    /// <summary>Returns the average over the last ten seconds, including the current, incomplete one.</summary>
    public double Read()
    {
        Advance();
        return _counts.Sum() / (double)Seconds;
    }

    private void Advance()
    {
        var now = time.GetTimestamp() / time.TimestampFrequency;
        if (now - _latest >= Seconds || _latest < 0)
            Array.Clear(_counts);
        else
            for (var second = _latest + 1; second <= now; second++)
                _counts[second % Seconds] = 0;
        _latest = now;
    }
}
