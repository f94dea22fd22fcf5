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
    public bool Leaves { get; private set; }

    private Elapsed? _askedAt;

    public WorkerChild? Child { get; private set; }

    /// <summary>When its process was first seen among the workers, with methods; null before.</summary>
    public Elapsed? JoinedAt { get; private set; }

    public bool GivenUp { get; private set; }

    public Elapsed RestsUntil { get; private set; }

    public BackOff BackOff { get; private set; }

    public string? LastEnd { get; private set; }

    public SlotView View => new(Child is { Asked: false }, Child?.Self.Worker, RestsUntil, GivenUp);

    public void Started(WorkerChild child) => (Child, JoinedAt, _askedAt) = (child, null, null);

    public void Joined(Elapsed now) => JoinedAt ??= now;

    /// <summary>
    /// Sends its process home. One that was not seen to join is asked, too: it may have joined a moment ago, and run a
    /// job.
    /// </summary>
    public void Drain(Elapsed now)
    {
        _askedAt ??= now;
        Child?.Drain();
    }

    /// <summary>
    /// The pool needs it no longer. What was seen to join was told to go by the server, and finishes.
    /// </summary>
    public void Leave(Elapsed now)
    {
        Leaves = true;
        if (JoinedAt is null)
            Drain(now);
        else
            Child?.Expect();
    }

    /// <summary>
    /// It was asked to end so long ago and has neither done so nor joined: it holds nothing and does not listen.
    /// </summary>
    public bool IsDeaf(Elapsed now, TimeSpan grace) =>
        Child is not null && JoinedAt is null && _askedAt is { } asked && now - asked >= grace;

    /// <summary>Its process has ended, or none could be started (then without one).</summary>
    public void Ended(ProcessEnd end, Elapsed now)
    {
        var asked = Child is { Asked: true };
        LastEnd = Child?.LastLine is { } line && !asked ? $"{end.Words}; its last line was: {line}" : end.Words;
        GivenUp = end.Hopeless;
        // One that fails again and again is wanted all the while: the scaling gives it up by that.
        if (JoinedAt is not null)
            Since = now;
        if (!asked)
        {
            BackOff = BackOff.After(JoinedAt is { } since ? now - since : TimeSpan.Zero);
            RestsUntil = now + BackOff.Rest;
        }
        Child?.Dispose();
        (Child, JoinedAt) = (null, null);
    }

    public ProvidedWorker Provided(Elapsed now) =>
        new(
            Place,
            Child?.Self,
            Leaves || Child is { Asked: true } ? ProvidedState.Leaving
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
            { Child.Asked: true } => "ending",
            { Child: not null, JoinedAt: not null } => "joined",
            { Child: not null } => "starting",
            { GivenUp: true } => "given-up",
            _ => "resting",
        };
        double? rest = Child is null && !GivenUp && RestsUntil > now ? (RestsUntil - now).TotalSeconds : null;
        return new SlotStatus(Child?.Self.Worker.Text, Child?.ProcessId, state, BackOff.Crashes, rest, LastEnd);
    }
}
