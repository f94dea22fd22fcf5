namespace Headrace.Core;

/// <summary>
/// Things to look at again at a time. Lazy: nothing is ever taken out early, so whoever takes a subject checks whether it still matters.
/// </summary>
internal sealed class Timers<TTime, TSubject> where TTime : struct, IComparable<TTime>
{
    private readonly PriorityQueue<TSubject, TTime> _heap = new();

    public int Count => _heap.Count;

    public TTime? Next => _heap.TryPeek(out _, out var at) ? at : null;

    public void Add(TTime at, TSubject subject) => _heap.Enqueue(subject, at);

    public bool TryTake(TTime now, out TSubject subject)
    {
        if (_heap.TryPeek(out subject!, out var at) && at.CompareTo(now) <= 0)
        {
            _heap.Dequeue();
            return true;
        }
        return false;
    }
}
