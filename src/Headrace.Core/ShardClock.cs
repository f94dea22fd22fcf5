namespace Headrace.Core;

/// <summary>
/// The clocks of a shard (R20). <i>Now</i> follows the wall clock. It adopts forward steps at once and never moves
/// backwards, not even behind the time of the last commit. While the wall clock is behind, <i>Now</i> advances at half
/// speed until the wall clock has caught up. If the clock is set back by an hour, a retry due in one second is
/// therefore not delayed by an hour. <i>Confirmed</i> equals <i>Now</i>, except after a forward step of more than a
/// day: it adopts the step only after the wall clock has stayed ahead for 15 minutes. If the wall clock returns
/// earlier, <i>Now</i> returns with it. <i>Elapsed</i> starts at 0 when the shard is loaded. A stall advances
/// <i>Elapsed</i> by no more than the stall threshold, so every period measured with it ends correspondingly later.
/// </summary>
/// <param name="stallThreshold">A gap between two turns that is longer than this counts as a stall.</param>
internal sealed class ShardClock(TimeSpan stallThreshold)
{
    /// <summary>
    /// Maximum forward step of the wall clock that is adopted without confirmation. The deadlines and deletions that a
    /// longer step would trigger cannot be undone.
    /// </summary>
    public static readonly TimeSpan MaxTrustedJump = TimeSpan.FromHours(24);

    /// <summary>How long the wall clock must stay ahead before the step is adopted.</summary>
    public static readonly TimeSpan JumpConfirmationTime = TimeSpan.FromMinutes(15);

    private readonly StallHistory _stalls = new();
    private Elapsed _last;
    private Elapsed? _jumpConfirmedAt;

    public Instant Now { get; private set; }

    /// <summary>
    /// The time for actions that cannot be undone. It is stored with each commit, so that a restart keeps an
    /// unconfirmed step unconfirmed.
    /// </summary>
    public Instant Confirmed { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>True if the wall clock stepped forward by more than a day and the step is not confirmed yet.</summary>
    public bool IsJumpUnconfirmed => _jumpConfirmedAt is not null;

    /// <summary>
    /// The size of the unconfirmed step and the remaining time until it is confirmed; null if every step is confirmed.
    /// </summary>
    public ClockStep? UnconfirmedStep => _jumpConfirmedAt is { } at ? new ClockStep(Now - Confirmed, at - _last) : null;

    /// <summary>
    /// Initializes <i>Now</i> with the stored time of the last commit. A new store starts at the wall-clock time.
    /// </summary>
    public void StartAt(Instant committed) => (Now, Confirmed) = (committed, committed);

    public void OnLoaded(Instant wall, Elapsed monotonic)
    {
        _stalls.Reset(monotonic);
        _last = monotonic;
        if (Now == default)
            StartAt(wall);
        AdvanceWallClock(wall, TimeSpan.Zero, monotonic);
        Elapsed = default;
    }

    /// <summary>
    /// Starts a turn. Returns how much a stall before this turn extends leases and waits; zero if there was no stall.
    /// </summary>
    public TimeSpan Advance(Instant wall, Elapsed monotonic)
    {
        var gap = monotonic - _last;
        var extension = gap > stallThreshold ? gap - stallThreshold : TimeSpan.Zero;
        // Elapsed time advances even if every turn follows a stall. Otherwise, a store whose commits are all slow would
        // prevent leases and waits from ever ending.
        if (extension > TimeSpan.Zero)
            _stalls.Add(_last, monotonic, extension);
        _last = monotonic;
        Elapsed = _stalls.ToElapsed(monotonic);
        AdvanceWallClock(wall, gap, monotonic);
        return extension;
    }

    /// <summary>Converts an <see cref="Elapsed"/> time to a time on the machine's monotonic clock.</summary>
    public Elapsed ToMonotonic(Elapsed at) => _stalls.ToMonotonic(at);

    /// <summary>
    /// Converts the arrival time of a command, which was read from the machine's monotonic clock. The command may have
    /// waited in the mailbox for any number of turns. A command that arrived before the load is treated as if it
    /// arrived at the time of the load.
    /// </summary>
    public Elapsed ArrivalOf(Elapsed monotonic)
    {
        var at = _stalls.ToElapsed(monotonic);
        return at < default(Elapsed) ? default
            : at > Elapsed ? Elapsed
            : at;
    }

    /// <summary>
    /// Returns the earliest of three times, each on its own clock, but no later than <paramref name="period"/> from
    /// now.
    /// </summary>
    public Elapsed Earliest((Instant? Now, Instant? Confirmed, Elapsed? Elapsed) times, TimeSpan period)
    {
        var next = Elapsed + period;
        if (times.Elapsed < next)
            next = times.Elapsed.Value;
        if (times.Now is { } now && Elapsed + (now - Now) < next)
            next = Elapsed + (now - Now);
        if (times.Confirmed is { } confirmed && Elapsed + (confirmed - Confirmed) < next)
            next = Elapsed + (confirmed - Confirmed);
        return next < Elapsed ? Elapsed : next;
    }

    private void AdvanceWallClock(Instant wall, TimeSpan gap, Elapsed monotonic)
    {
        if (wall <= Confirmed + gap + MaxTrustedJump)
            _jumpConfirmedAt = null;
        else
            _jumpConfirmedAt ??= monotonic + JumpConfirmationTime;
        if (monotonic < _jumpConfirmedAt)
        {
            Confirmed += gap;
            Now = Follow(Now, wall, gap);
            return;
        }
        _jumpConfirmedAt = null;
        Confirmed = Now = Follow(Confirmed, wall, gap);
    }

    private static Instant Follow(Instant from, Instant wall, TimeSpan gap)
    {
        var least = from + (gap / 2);
        return wall > least ? wall : least;
    }
}

/// <summary>
/// A forward step of the wall clock by more than a day. Deadlines follow it only after the remaining time, unless the
/// wall clock steps back before then (R20).
/// </summary>
internal readonly record struct ClockStep(TimeSpan Ahead, TimeSpan Remaining);
