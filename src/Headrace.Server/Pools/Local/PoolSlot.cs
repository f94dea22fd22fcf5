using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// A slot for a worker process, with the history of its previous processes. Used only by the pool's loop.
/// </summary>
internal sealed class PoolSlot(long place, Elapsed since)
{
    /// <summary>Identifies the slot among all slots of its pool, including removed ones.</summary>
    public long Place { get; } = place;

    /// <summary>
    /// When the last process that had joined exited or, if no process has joined yet, when the worker was requested.
    /// </summary>
    public Elapsed Since { get; private set; } = since;

    /// <summary>Whether the slot is removed when its process exits.</summary>
    public bool IsLeaving { get; private set; }

    private Elapsed? _stopRequestedAt;

    public WorkerChild? Child { get; private set; }

    /// <summary>When the slot's process was first seen as a worker with methods; null before that.</summary>
    public Elapsed? JoinedAt { get; private set; }

    public bool Abandoned { get; private set; }

    public Elapsed BackoffUntil { get; private set; }

    public RestartBackoff Backoff { get; private set; }

    public string? LastEnd { get; private set; }

    public SlotView View => new(Child is { StopRequested: false }, Child?.Self.Worker, BackoffUntil, Abandoned);

    public void Started(WorkerChild child) => (Child, JoinedAt, _stopRequestedAt) = (child, null, null);

    public void Joined(Elapsed now) => JoinedAt ??= now;

    /// <summary>
    /// Drains the process, even if it has not been seen to join, because it may have just joined and may be running a
    /// job.
    /// </summary>
    public void Drain(Elapsed now)
    {
        _stopRequestedAt ??= now;
        Child?.Drain();
    }

    /// <summary>
    /// Marks the slot for removal when the pool no longer needs it. If the worker has joined, the server has already
    /// instructed it to finish its jobs and exit. Otherwise, this method drains the process.
    /// </summary>
    public void Leave(Elapsed now)
    {
        IsLeaving = true;
        if (JoinedAt is null)
            Drain(now);
        else
            Child?.MarkStopping();
    }

    /// <summary>
    /// Returns whether the process was asked to exit at least <paramref name="grace"/> ago but has neither exited nor
    /// joined. Such a process holds no leases and does not respond.
    /// </summary>
    public bool IsUnresponsive(Elapsed now, TimeSpan grace) =>
        Child is not null && JoinedAt is null && _stopRequestedAt is { } asked && now - asked >= grace;

    /// <summary>
    /// Records that the process has exited, or that no process could be started (<see cref="Child"/> is then null).
    /// </summary>
    public void Ended(ProcessEnd end, Elapsed now)
    {
        var asked = Child is { StopRequested: true };
        LastEnd =
            Child?.LastLine is { } line && !asked && !end.IsExplained
                ? $"{end.Message}; its last line was: {line.TrimEnd('.')}"
                : end.Message;
        Abandoned = end.IsPermanent;
        // If the process failed before it joined, the time of the request is kept, because the scaler abandons a worker
        // that has been failing for too long.
        if (JoinedAt is not null)
            Since = now;
        if (!asked)
        {
            Backoff = Backoff.After(JoinedAt is { } since ? now - since : TimeSpan.Zero);
            BackoffUntil = now + Backoff.Delay;
        }
        Child?.Dispose();
        (Child, JoinedAt) = (null, null);
    }

    public ProvidedWorker Provided(Elapsed now) =>
        new(
            Place,
            Child?.Self,
            IsLeaving || Child is { StopRequested: true } ? ProvidedState.Leaving
                : JoinedAt is null && LastEnd is not null ? ProvidedState.Failing
                : ProvidedState.Started,
            now - Since,
            Child?.ProcessId,
            JoinedAt is null ? LastEnd : null
        );

    public SlotStatus Status(Elapsed now)
    {
        var state = this switch
        {
            { Child.StopRequested: true } => "ending",
            { Child: not null, JoinedAt: not null } => "joined",
            { Child: not null } => "starting",
            { Abandoned: true } => "given-up",
            _ => "resting",
        };
        double? rest = Child is null && !Abandoned && BackoffUntil > now ? (BackoffUntil - now).TotalSeconds : null;
        return new SlotStatus(Child?.Self.Worker.Text, Child?.ProcessId, state, Backoff.Crashes, rest, LastEnd);
    }
}
