using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// Tracks the connection to the server: the messages in flight, the time of the next attempt to send, the duration of
/// an outage, and the expiry of the lease.
/// </summary>
internal sealed class Line(ulong seed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);

    // A third of the shortest lease: a worker that holds leases sends at least that often, also while it reconnects
    // (R8).
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, Elapsed> _underWay = [];
    private long _messages;
    private int _failures;

    /// <summary>Gets the time before which nothing is sent because the last message failed.</summary>
    public Elapsed NextTry { get; private set; } = new(long.MinValue);

    /// <summary>Gets when the server became unreachable; null while it replies.</summary>
    public Elapsed? LostSince { get; private set; }

    /// <summary>Gets whether the last message was answered.</summary>
    public bool IsUp => HasAnswered && _failures == 0;

    /// <summary>Gets whether the server has replied at least once.</summary>
    public bool HasAnswered { get; private set; }

    public TimeSpan Lease { get; private set; } = WorkerRules.AssumedLease;

    /// <summary>
    /// Gets the time until which the leases certainly belong to this worker, counted from the sending of the last
    /// answered message (R8).
    /// </summary>
    public Elapsed? LeaseEnd { get; private set; }

    /// <summary>
    /// Gets the time from which exclusive jobs are not started and running ones are asked to stop (R11); null before
    /// the first lease. It is a third of the lease before its end, so that one lost and repeated exchange does not
    /// trigger it.
    /// </summary>
    public Elapsed? ExclusiveUntil => LeaseEnd - (Lease / 3);

    /// <summary>
    /// Gets the time by which exclusive jobs must have ended, so that no two attempts overlap. It leaves a fifteenth of
    /// the lease, 2 s of 30 s, to end the process.
    /// </summary>
    public Elapsed? ExclusiveDeadBy => LeaseEnd - (Lease / 15);

    /// <summary>
    /// Gets the reply timeout: a third of the lease, after which the worker sends again (R8).
    /// </summary>
    public TimeSpan Patience => Lease / 3;

    /// <summary>Gets the park time to request.</summary>
    public TimeSpan Park => Lease / 4 < WorkerRules.LongestPark ? Lease / 4 : WorkerRules.LongestPark;

    public bool MaySend(Elapsed now) => now >= NextTry;

    /// <summary>Registers a sent message and returns its number, which identifies the reply.</summary>
    public long Sent(Elapsed now)
    {
        _underWay.Add(++_messages, now);
        return _messages;
    }

    /// <summary>Stops waiting for the reply to a message.</summary>
    public bool Drop(long message) => _underWay.Remove(message);

    /// <summary>Handles a reply. Returns false when the message is not in flight.</summary>
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

    /// <summary>Handles a message that received no reply. Returns false when the message is not in flight.</summary>
    public bool Failed(long message, bool serverThere, Elapsed now)
    {
        if (!_underWay.Remove(message))
            return false;
        if (serverThere)
            LostSince = null;
        else
            LostSince ??= now;
        // Messages that fail together count as one failure.
        if (now < NextTry)
            return true;
        _failures++;
        NextTry = now + Pause();
        return true;
    }

    /// <summary>
    /// Returns the back-off: it doubles with each failure and is reduced by a hash-based jitter of up to a quarter, so
    /// that the workers of one server do not reconnect at the same time.
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
