using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// Tracks the connection to the server: the messages in flight, the time of the next attempt to send, the duration of
/// an outage, and the expiry of the lease.
/// </summary>
internal sealed class ServerConnection(ulong seed)
{
    private static readonly TimeSpan InitialBackoff = TimeSpan.FromMilliseconds(50);

    // A third of the shortest lease. A worker that holds leases sends messages at least this often, even while it is
    // reconnecting (R8).
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, Elapsed> _inFlight = [];
    private long _lastMessage;
    private int _failures;

    /// <summary>Gets the time before which nothing is sent because the last message failed.</summary>
    public Elapsed NextAttemptAt { get; private set; } = new(long.MinValue);

    /// <summary>Gets the time at which the server became unreachable; null while it is reachable.</summary>
    public Elapsed? UnreachableSince { get; private set; }

    /// <summary>Gets a value indicating whether the last message was answered.</summary>
    public bool IsConnected => HasReplied && _failures == 0;

    /// <summary>Gets a value indicating whether the server has replied at least once.</summary>
    public bool HasReplied { get; private set; }

    public TimeSpan Lease { get; private set; } = WorkerRules.AssumedLease;

    /// <summary>
    /// Gets the time until which the leases are guaranteed to belong to this worker: one lease duration after the last
    /// answered message was sent (R8).
    /// </summary>
    public Elapsed? LeaseEnd { get; private set; }

    /// <summary>
    /// Gets the time from which exclusive jobs are not started and running ones are asked to stop (R11); null before
    /// the first lease. This time precedes the end of the lease by one third of the lease duration. A single lost
    /// exchange is repeated before this time, so it does not stop the jobs.
    /// </summary>
    public Elapsed? ExclusiveStopAt => LeaseEnd - (Lease / 3);

    /// <summary>
    /// Gets the time by which exclusive jobs must have ended, so that no two attempts overlap. After this time, one
    /// fifteenth of the lease (2 s of 30 s) remains to end the process.
    /// </summary>
    public Elapsed? ExclusiveKillAt => LeaseEnd - (Lease / 15);

    /// <summary>
    /// Gets the time at which executors kill exclusive jobs that have not stopped. One fifteenth of the lease remains
    /// until <see cref="ExclusiveKillAt"/>, when the process itself must end if the executor fails.
    /// </summary>
    public Elapsed? ExclusiveExecutorKillAt => LeaseEnd - (2 * Lease / 15);

    /// <summary>
    /// Gets the reply timeout: a third of the lease, after which the worker sends the message again (R8).
    /// </summary>
    public TimeSpan ReplyTimeout => Lease / 3;

    /// <summary>Gets the time for which the server is asked to park an exchange.</summary>
    public TimeSpan ParkTime => Lease / 4 < WorkerRules.MaxPark ? Lease / 4 : WorkerRules.MaxPark;

    public bool CanSend(Elapsed now) => now >= NextAttemptAt;

    /// <summary>Registers a sent message and returns its number, which identifies the reply.</summary>
    public long OnSent(Elapsed now)
    {
        _inFlight.Add(++_lastMessage, now);
        return _lastMessage;
    }

    /// <summary>Stops waiting for the reply to a message.</summary>
    public bool Discard(long message) => _inFlight.Remove(message);

    /// <summary>
    /// Handles a reply. Returns false when the message is not in flight. A lease that has already ended is renewed only
    /// by the reply to an exchange: the server may have assigned the jobs to other workers, and only an exchange lists
    /// the leases, so that its reply can name those that were revoked (R6, R11).
    /// </summary>
    public bool OnReply(long message, TimeSpan lease, bool isExchange, Elapsed now)
    {
        if (!_inFlight.Remove(message, out var sent))
            return false;
        if (lease > TimeSpan.Zero)
            Lease = lease;
        var mayRenew = isExchange || LeaseEnd is null || now < LeaseEnd;
        if (mayRenew && (LeaseEnd is null || LeaseEnd < sent + Lease))
            LeaseEnd = sent + Lease;
        (_failures, UnreachableSince, HasReplied, NextAttemptAt) = (0, null, true, new Elapsed(long.MinValue));
        return true;
    }

    /// <summary>
    /// Handles a message to which no reply was received. Returns false when the message is not in flight.
    /// </summary>
    public bool OnFailure(long message, bool serverThere, Elapsed now)
    {
        if (!_inFlight.Remove(message))
            return false;
        if (serverThere)
            UnreachableSince = null;
        else
            UnreachableSince ??= now;
        // Messages that fail together count as one failure.
        if (now < NextAttemptAt)
            return true;
        _failures++;
        NextAttemptAt = now + NextBackoff();
        return true;
    }

    /// <summary>
    /// Returns the back-off. It doubles with each failure and is reduced by a hash-based jitter of up to a quarter, so
    /// that the workers of one server do not all reconnect at the same time.
    /// </summary>
    private TimeSpan NextBackoff()
    {
        var whole = InitialBackoff * (1 << Math.Min(_failures - 1, 5));
        if (whole > MaxBackoff)
            whole = MaxBackoff;
        var mixed = (seed + (ulong)_failures) * 0x9E3779B97F4A7C15UL;
        return whole - (whole * ((mixed >> 40) / (4.0 * (1 << 24))));
    }
}
