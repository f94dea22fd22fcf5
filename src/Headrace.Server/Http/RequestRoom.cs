namespace Headrace.Server.Http;

/// <summary>
/// Bounds the memory of request bodies that are being read and submitted: room is taken from Content-Length before the
/// first byte is read (R13),
/// and what does not fit is refused at once. Thread-safe.
/// </summary>
internal sealed class RequestRoom
{
    /// <summary>
    /// 256 MB: 256 bodies of the largest size at a time, or the windows of 16 batches.
    /// </summary>
    private const long DefaultBytes = 256 << 20;

    /// <summary>
    /// Bodies are held for milliseconds, a commit at most: whoever comes back a second later finds another crowd.
    /// </summary>
    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(1);

    private readonly long _bytes;
    private long _free;

    public RequestRoom(long bytes = DefaultBytes) => _free = _bytes = bytes;

    public long Free => Interlocked.Read(ref _free);

    public Checked<Place> Take(long wanted)
    {
        if (Interlocked.Add(ref _free, -wanted) >= 0)
            return new Place(this, wanted);
        Interlocked.Add(ref _free, wanted);
        return new Problem(
            ProblemKinds.Unavailable,
            $"The server holds request bodies of {_bytes >> 20} MB, its limit, and this one may need {wanted} bytes. Try again in {ComeBack.TotalSeconds} s."
        )
        {
            RetryAfter = ComeBack,
        };
    }

    /// <summary>Room that was taken; given back once.</summary>
    public sealed class Place(RequestRoom room, long taken) : IDisposable
    {
        private long _taken = taken;

        public void Dispose() => Interlocked.Add(ref room._free, Interlocked.Exchange(ref _taken, 0));
    }
}
