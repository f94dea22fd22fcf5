using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// The line to the server: which messages are under way, when the next may go, how long nobody has answered, and until
/// when the lease runs.
/// </summary>
internal sealed class Line(ulong seed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    // A third of the shortest lease: a worker with leases is never silent for longer, also while it reconnects (R8).
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, Elapsed> _underWay = [];
    private long _messages;
    private int _failures;

    /// <summary>Nothing is sent before, because the last message failed.</summary>
    public Elapsed NextTry { get; private set; } = new(long.MinValue);

    /// <summary>Since when the server is gone; null while it answers.</summary>
    public Elapsed? LostSince { get; private set; }

    /// <summary>The last that was heard of the server is an answer.</summary>
    public bool IsUp => HasAnswered && _failures == 0;

    /// <summary>The server has answered at least once.</summary>
    public bool HasAnswered { get; private set; }

    public TimeSpan Lease { get; private set; } = WorkerRules.AssumedLease;

    /// <summary>
    /// Until when the leases are ours for certain: counted from the sending of the last message that was answered (R8).
    /// </summary>
    public Elapsed? LeaseEnd { get; private set; }

    /// <summary>
    /// From here exclusive work is not started, and told to stop (R11); null while there is no lease. A third of the
    /// lease before its end: one exchange that is lost
    /// and repeated does not bring it about.
    /// </summary>
    public Elapsed? ExclusiveUntil => LeaseEnd - (Lease / 3);

    /// <summary>
    /// From here no exclusive work may run any more, so that it is dead before a successor starts: a fifteenth of the
    /// lease, two seconds of thirty, to end the process.
    /// </summary>
    public Elapsed? ExclusiveDeadBy => LeaseEnd - (Lease / 15);

    /// <summary>
    /// How long a reply may take: then the worker has been silent for a third of the lease and speaks again (R8).
    /// </summary>
    public TimeSpan Patience => Lease / 3;

    /// <summary>The park to ask for.</summary>
    public TimeSpan Park => Lease / 4 < WorkerRules.LongestPark ? Lease / 4 : WorkerRules.LongestPark;

    public bool MaySend(Elapsed now) => now >= NextTry;

    /// <summary>A message goes out; the number tells its reply from all others.</summary>
    public long Sent(Elapsed now)
    {
        _underWay.Add(++_messages, now);
        return _messages;
    }

    /// <summary>Nobody waits for this message any more.</summary>
    public bool Drop(long message) => _underWay.Remove(message);

    /// <summary>A reply has come; true when somebody waits for it.</summary>
    public bool Answered(long message, TimeSpan lease)
    {
        if (!_underWay.Remove(message, out var sent))
            return false;
        if (lease > TimeSpan.Zero)
            Lease = lease;
        if (LeaseEnd is null || LeaseEnd < sent + Lease)
            LeaseEnd = sent + Lease;
        (_failures, LostSince, HasAnswered, NextTry) = (0, null, true, new Elapsed(long.MinValue));
        return true;
    }

    /// <summary>A message got no reply; true when somebody waits for one.</summary>
    public bool Failed(long message, bool serverThere, Elapsed now)
    {
        if (!_underWay.Remove(message))
            return false;
        if (serverThere)
            LostSince = null;
        else
            LostSince ??= now;
        // Messages that fail together are one failure.
        if (now < NextTry)
            return true;
        _failures++;
        NextTry = now + Pause();
        return true;
    }

    /// <summary>
    /// Doubles with each failure, less up to a quarter by a hash, so that many workers of one server do not come back
    /// in step.
    /// </summary>
    private TimeSpan Pause()
    {
        var whole = FirstPause * (1 << Math.Min(_failures - 1, 5));
        if (whole > LongestPause)
            whole = LongestPause;
        var mixed = (seed + (ulong)_failures) * 0x9E3779B97F4A7C15UL;
        return whole - (whole * ((mixed >> 40) / (4.0 * (1 << 24))));
    }
}
