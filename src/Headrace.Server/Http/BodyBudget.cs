namespace Headrace.Server.Http;

/// <summary>
/// Limits the memory of request bodies that are being read and submitted. Memory is reserved as the bytes arrive (R13),
/// so a request that announces a body without sending it reserves no memory. A request that exceeds the budget is
/// rejected at once. Thread-safe.
/// </summary>
internal sealed class BodyBudget
{
    /// <summary>256 MB: enough for 256 bodies of the maximum size, or for the windows of 16 batches.</summary>
    private const long DefaultBytes = 256 << 20;

    /// <summary>
    /// The first bytes of a body are not counted, because the connection holds a buffer of this size anyway and the
    /// number of connections is limited. Small jobs are therefore accepted even while large bodies occupy the whole
    /// budget.
    /// </summary>
    public const int UncountedBytes = 64 << 10;

    /// <summary>
    /// The delay before a retry. A body stays in memory only until its commit completes, which takes milliseconds, so
    /// the load has usually changed after one second.
    /// </summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly long _capacity;
    private long _available;

    public BodyBudget(long bytes = DefaultBytes) => _available = _capacity = bytes;

    public long Available => Interlocked.Read(ref _available);

    /// <summary>Creates an empty reservation, which grows as the body arrives.</summary>
    public Reservation Begin() => new(this);

    /// <summary>Reserved memory. Disposing of it again has no effect. Not thread-safe.</summary>
    public sealed class Reservation(BodyBudget budget) : IDisposable
    {
        private long _bytes;

        /// <summary>
        /// Reserves memory for the bytes of a body that have arrived so far. Returns null on success. If the budget is
        /// exhausted, returns a problem and leaves the reservation unchanged.
        /// </summary>
        public Problem? GrowTo(long arrived)
        {
            var wanted = arrived - UncountedBytes - _bytes;
            if (wanted <= 0)
                return null;
            if (Interlocked.Add(ref budget._available, -wanted) < 0)
            {
                Interlocked.Add(ref budget._available, wanted);
                return new Problem(
                    ProblemKinds.Unavailable,
                    $"The server buffers at most {budget._capacity >> 20} MB of request bodies, and {wanted} more "
                        + $"bytes of this body would exceed the limit. Try again in {RetryAfter.TotalSeconds} s."
                )
                {
                    RetryAfter = RetryAfter,
                };
            }
            _bytes += wanted;
            return null;
        }

        public void Dispose() => Interlocked.Add(ref budget._available, Interlocked.Exchange(ref _bytes, 0));
    }
}
