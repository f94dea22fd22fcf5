namespace Headrace.Server.Http;

/// <summary>
/// Limits the memory of request bodies that are being read and submitted. Memory is reserved according to
/// Content-Length before the first byte is read (R13); a request that exceeds the budget is rejected at once.
/// Thread-safe.
/// </summary>
internal sealed class BodyBudget
{
    /// <summary>
    /// 256 MB is enough for 256 bodies of the maximum size at the same time, or for the windows of 16 batches.
    /// </summary>
    private const long DefaultBytes = 256 << 20;

    /// <summary>
    /// A body is held in memory for milliseconds, at most until one commit completes, so the load has usually changed
    /// after one second.
    /// </summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly long _capacity;
    private long _available;

    public BodyBudget(long bytes = DefaultBytes) => _available = _capacity = bytes;

    public long Available => Interlocked.Read(ref _available);

    public Result<Reservation> Reserve(long wanted)
    {
        if (Interlocked.Add(ref _available, -wanted) >= 0)
            return new Reservation(this, wanted);
        Interlocked.Add(ref _available, wanted);
        return new Problem(
            ProblemKinds.Unavailable,
            $"The server buffers at most {_capacity >> 20} MB of request bodies, and this body of up to {wanted} bytes "
                + $"would exceed the limit. Try again in {RetryAfter.TotalSeconds} s."
        )
        {
            RetryAfter = RetryAfter,
        };
    }

    /// <summary>Reserved memory, released once.</summary>
    public sealed class Reservation(BodyBudget room, long taken) : IDisposable
    {
        private long _bytes = taken;

        public void Dispose() => Interlocked.Add(ref room._available, Interlocked.Exchange(ref _bytes, 0));
    }
}
