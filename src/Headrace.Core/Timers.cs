namespace Headrace.Core;

/// <summary>
/// A priority queue of subjects, ordered by due time. Entries are not removed early, so the caller must check whether
/// each subject that it takes is still current. Whenever the number of entries has doubled, outdated entries are
/// removed; otherwise, a distant deadline would keep an ended job in memory (R2).
/// </summary>
internal sealed class Timers<TTime, TSubject>(Func<TSubject, bool> isCurrent)
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
        _heap = new PriorityQueue<TSubject, TTime>(_heap.UnorderedItems.Where(item => isCurrent(item.Element)));
        _sweepAt = Math.Max(FirstSweep, 2 * _heap.Count);
    }
}
