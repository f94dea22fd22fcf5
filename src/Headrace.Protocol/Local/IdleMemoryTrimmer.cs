namespace Headrace.Protocol.Local;

/// <summary>
/// Returns memory to the operating system after a burst of work. The garbage collector runs only when memory is
/// requested, so an idle process would keep the tens of megabytes of its last burst for days. This class runs one full
/// collection after each burst, which takes a few milliseconds on a heap of this size.
/// </summary>
internal sealed class IdleMemoryTrimmer : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of bytes that an idle process allocates in one period. Such allocations are for parked messages
    /// and timers.
    /// </summary>
    private const long IdleAllocationBytes = 1 << 20;

    /// <summary>
    /// Minimum number of bytes that must be allocated after a collection to make another one worthwhile.
    /// </summary>
    private const long MinCollectableBytes = 8 << 20;

    /// <summary>
    /// Maximum heap size to collect, in bytes. A larger heap belongs to the application, for example a model, and
    /// compacting it takes too long.
    /// </summary>
    private const long MaxHeapBytes = 128 << 20;

    private readonly ITimer _timer;

    // Accessed only by the timer's callbacks, which do not overlap because each takes less than one period.
    private long _allocated;
    private long _collectedAt;

    public IdleMemoryTrimmer(TimeProvider time) => _timer = time.CreateTimer(_ => Check(), null, Period, Period);

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        var before = _allocated;
        _allocated = GC.GetTotalAllocatedBytes();
        if (
            _allocated - before > IdleAllocationBytes
            || _allocated - _collectedAt < MinCollectableBytes
            || GC.GetTotalMemory(forceFullCollection: false) > MaxHeapBytes
        )
            return;
        _collectedAt = _allocated;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
