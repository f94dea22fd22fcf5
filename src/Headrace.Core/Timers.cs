namespace Headrace.Core;

/// <summary>
/// Things to look at again at a time. Lazy: nothing is taken out early, so whoever takes a subject checks whether it
/// still matters. What no longer matters is swept out whenever the
/// number of entries has doubled, so that a far deadline does not keep an ended job in memory (R2).
/// </summary>
internal sealed class Timers<TTime, TSubject>(Func<TSubject, bool> matters)
    where TTime : struct, IComparable<TTime>
{
    private const int FirstSweep = 1_024;

    private PriorityQueue<TSubject, TTime> _heap = new();
    private int _sweepAt = FirstSweep;

    public int Count => _heap.Count;

    public TTime? Next => _heap.TryPeek(out _, out var at) ? at : null;

    public void Add(TTime at, TSubject subject)
    {
        _heap.Enqueue(subject, at);
        if (_heap.Count >= _sweepAt)
            Sweep();
    }

    public bool TryTake(TTime now, out TSubject subject)
    {
        if (_heap.TryPeek(out subject!, out var at) && at.CompareTo(now) <= 0)
        {
            _heap.Dequeue();
            return true;
        }
        return false;
    }

    private void Sweep()
    {
        _heap = new PriorityQueue<TSubject, TTime>(_heap.UnorderedItems.Where(item => matters(item.Element)));
        _sweepAt = Math.Max(FirstSweep, 2 * _heap.Count);
    }
}
