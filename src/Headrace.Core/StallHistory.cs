namespace Headrace.Core;

/// <summary>
/// Converts between the machine's monotonic clock and <i>Elapsed</i>, which advances less during a stall (R20). Because
/// a command can wait in the mailbox through several stalls, the most recent stalls are kept.
/// </summary>
internal sealed class StallHistory
{
    /// <summary>
    /// Maximum number of stalls that are kept. If a command waits through more stalls, its computed arrival time is too
    /// early.
    /// </summary>
    private const int Capacity = 64;

    private readonly Queue<Stall> _stalls = [];
    private long _offset;

    /// <summary>A gap between two turns, and the offset between the two clocks before and after it.</summary>
    private readonly record struct Stall(Elapsed From, Elapsed To, long OffsetBefore, long OffsetAfter);

    /// <summary>Starts <i>Elapsed</i> at 0.</summary>
    public void Reset(Elapsed monotonic)
    {
        _stalls.Clear();
        _offset = monotonic.Micros;
    }

    /// <summary>Records that the gap between two turns counts for less than its full length.</summary>
    public void Add(Elapsed from, Elapsed to, TimeSpan extension)
    {
        if (_stalls.Count == Capacity)
            _stalls.Dequeue();
        var after = _offset + (long)extension.TotalMicroseconds;
        _stalls.Enqueue(new Stall(from, to, _offset, after));
        _offset = after;
    }

    public Elapsed ToMonotonic(Elapsed elapsed) => new(elapsed.Micros + _offset);

    /// <summary>
    /// Converts a time in the past. The part of a gap that does not count lies at its start, so a command that arrived
    /// during that part is treated as if it arrived in the turn before the gap.
    /// </summary>
    public Elapsed ToElapsed(Elapsed monotonic)
    {
        foreach (var stall in _stalls)
        {
            if (monotonic > stall.To)
                continue;
            var (at, from) = (monotonic.Micros - stall.OffsetBefore, stall.From.Micros - stall.OffsetBefore);
            return new Elapsed(at <= from ? at : Math.Max(from, monotonic.Micros - stall.OffsetAfter));
        }
        return new Elapsed(monotonic.Micros - _offset);
    }
}
