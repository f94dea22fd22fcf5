namespace Headrace.Protocol.Local;

/// <summary>
/// Gives memory back when a burst of work is over. The collector runs when memory is wanted, so a process that wants
/// none keeps what its last burst left: tens of megabytes for days. One full
/// collection at rest, a few milliseconds of a heap this small, and none before the next burst.
/// </summary>
internal sealed class MemoryAtRest : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Allocated within a period by a process at rest: parked messages and timers.</summary>
    private const long Little = 1 << 20;

    /// <summary>Allocated since the last collection here, for another to be worth it.</summary>
    private const long Much = 8 << 20;

    /// <summary>
    /// A heap of more is an application's own, which may hold a model; moving that is no small thing.
    /// </summary>
    private const long LargestHeap = 128 << 20;

    private readonly ITimer _timer;

    // Used by the timer alone, one call after the other: a period is longer than any.
    private long _allocated;
    private long _collectedAt;

    public MemoryAtRest(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), null, Period, Period);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var before = _allocated;
        _allocated = GC.GetTotalAllocatedBytes();
        if (
            _allocated - before > Little
            || _allocated - _collectedAt < Much
            || GC.GetTotalMemory(forceFullCollection: false) > LargestHeap
        )
            return;
        _collectedAt = _allocated;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
