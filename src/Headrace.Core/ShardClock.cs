namespace Headrace.Core;

/// <summary>
/// The two clocks of a shard (R20). <i>Now</i> follows the wall clock. It adopts forward steps at once and never moves
/// backwards, not even behind the time of the last commit. While the wall clock is behind, <i>Now</i> advances at half
/// speed until the wall clock has caught up. If the clock is set back by an hour, a retry due in one second is
/// therefore not delayed by an hour. A forward step of more than a day is adopted only after the wall clock has stayed
/// ahead for 15 minutes; if the wall clock returns earlier, the step is ignored. <i>Elapsed</i> starts at 0 when the
/// shard is loaded and stops during a stall, so a stall extends every period measured with it.
/// </summary>
internal sealed class ShardClock
{
    /// <summary>A longer gap between two turns counts as a stall.</summary>
    public static readonly TimeSpan StallThreshold = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Maximum forward step of the wall clock that is adopted without confirmation. The deadlines and deletions that a
    /// longer step would trigger cannot be undone.
    /// </summary>
    public static readonly TimeSpan MaxTrustedJump = TimeSpan.FromHours(24);

    /// <summary>How long the wall clock must stay ahead before the step is adopted.</summary>
    public static readonly TimeSpan JumpConfirmationTime = TimeSpan.FromMinutes(15);

    private Elapsed _last;
    private long _offset;
    private Elapsed? _jumpConfirmedAt;

    public Instant Now { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>True if the wall clock stepped forward by more than a day and the step is not confirmed yet.</summary>
    public bool IsJumpUnconfirmed => _jumpConfirmedAt is not null;

    /// <summary>
    /// Initializes <i>Now</i> with the stored time of the last commit. A new store starts at the wall-clock time.
    /// </summary>
    public void StartAt(Instant committed) => Now = committed;

    public void OnLoaded(Instant wall, Elapsed monotonic)
    {
        _offset = monotonic.Micros;
        _last = monotonic;
        if (Now == default)
            Now = wall;
        AdvanceWallClock(wall, TimeSpan.Zero, monotonic);
    }

    /// <summary>Starts a turn. Returns the duration of the preceding stall, or zero if there was no stall.</summary>
    public TimeSpan Advance(Instant wall, Elapsed monotonic)
    {
        var gap = monotonic - _last;
        _last = monotonic;
        if (gap > StallThreshold)
            _offset += (long)gap.TotalMicroseconds;
        AdvanceWallClock(wall, gap, monotonic);
        return gap > StallThreshold ? gap : TimeSpan.Zero;
    }

    /// <summary>Converts an <see cref="Elapsed"/> time to the machine's monotonic clock.</summary>
    public Elapsed ToMonotonic(Elapsed at) => new(at.Micros + _offset);

    private void AdvanceWallClock(Instant wall, TimeSpan gap, Elapsed monotonic)
    {
        Elapsed = new Elapsed(monotonic.Micros - _offset);
        var stepped = wall > Now + gap + MaxTrustedJump;
        if (!stepped)
            _jumpConfirmedAt = null;
        else
            _jumpConfirmedAt ??= monotonic + JumpConfirmationTime;
        if (stepped && monotonic < _jumpConfirmedAt)
        {
            Now += gap;
            return;
        }
        _jumpConfirmedAt = null;
        var least = Now + (gap / 2);
        Now = wall > least ? wall : least;
    }
}
