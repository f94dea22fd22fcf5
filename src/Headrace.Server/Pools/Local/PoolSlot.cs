using Headrace.Core;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// One place for a worker process, with what befell the processes before it. Owned by the pool's loop.
/// </summary>
internal sealed class PoolSlot(long place, Elapsed since)
{
    /// <summary>Tells it from every other slot of its pool, also from those that are gone.</summary>
    public long Place { get; } = place;

    /// <summary>
    /// Since when its worker is wanted: when it was asked for, or when the last that had joined ended.
    /// </summary>
    public Elapsed Since { get; private set; } = since;

    /// <summary>It is given up when its process has ended.</summary>
    public bool IsLeaving { get; private set; }

    private Elapsed? _stopRequestedAt;

    public WorkerChild? Child { get; private set; }

    /// <summary>When its process was first seen among the workers, with methods; null before.</summary>
    public Elapsed? JoinedAt { get; private set; }

    public bool Abandoned { get; private set; }

    public Elapsed BackoffUntil { get; private set; }

    public RestartBackoff Backoff { get; private set; }

    public string? LastEnd { get; private set; }

    public SlotView View => new(Child is { StopRequested: false }, Child?.Self.Worker, BackoffUntil, Abandoned);

    public void Started(WorkerChild child) => (Child, JoinedAt, _stopRequestedAt) = (child, null, null);

    public void Joined(Elapsed now) => JoinedAt ??= now;

    /// <summary>
    /// Sends its process home. One that was not seen to join is asked, too: it may have joined a moment ago, and run a
    /// job.
    /// </summary>
    public void Drain(Elapsed now)
    {
        _stopRequestedAt ??= now;
        Child?.Drain();
    }

    /// <summary>
    /// The pool needs it no longer. What was seen to join was told to go by the server, and finishes.
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
    /// It was asked to end so long ago and has neither done so nor joined: it holds nothing and does not listen.
    /// </summary>
    public bool IsUnresponsive(Elapsed now, TimeSpan grace) =>
        Child is not null && JoinedAt is null && _stopRequestedAt is { } asked && now - asked >= grace;

    /// <summary>Its process has ended, or none could be started (then without one).</summary>
    public void Ended(ProcessEnd end, Elapsed now)
    {
        var asked = Child is { StopRequested: true };
        LastEnd = Child?.LastLine is { } line && !asked ? $"{end.Message}; its last line was: {line}" : end.Message;
        Abandoned = end.IsPermanent;
        // One that fails again and again is wanted all the while: the scaling gives it up by that.
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
