namespace Headrace.Core;

/// <summary>
/// The two clocks of a shard (R20). <i>Now</i> follows the wall, takes forward steps at once and never goes back, also
/// not behind what the last commit said.
/// While the wall is behind it, it goes on at half speed until the wall has caught up: so a retry due in a second does
/// not wait for an hour that was set back.
/// A step of more than a day is doubted: it is taken only when the wall has stayed there for a quarter of an hour, and
/// a wall that comes back before was never gone.
/// <i>Elapsed</i> starts at 0 when the shard is loaded and stands still while the shard does: a stall extends whatever
/// is counted in it.
/// </summary>
internal sealed class ShardClock
{
    /// <summary>More than this between two turns is a stall.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A forward step of the wall beyond this is doubted: what it would end or delete cannot be taken back.
    /// </summary>
    public static readonly TimeSpan DoubtfulStep = TimeSpan.FromHours(24);

    /// <summary>How long a wall must stay where it stepped to before it is believed.</summary>
    public static readonly TimeSpan DoubtTime = TimeSpan.FromMinutes(15);

    private Elapsed _last;
    private long _offset;
    private Elapsed? _doubtEnds;

    public Instant Now { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>The wall has stepped by more than a day and is not believed yet.</summary>
    public bool Doubtful => _doubtEnds is not null;

    /// <summary>The last commit's clock, from the store; a new store's is the wall's.</summary>
    public void StartAt(Instant committed) => Now = committed;

    public void Loaded(Instant wall, Elapsed monotonic)
    {
        _offset = monotonic.Micros;
        _last = monotonic;
        if (Now == default)
            Now = wall;
        Follow(wall, TimeSpan.Zero, monotonic);
    }

    /// <summary>A turn begins; the answer is how long the shard has stood still, or zero.</summary>
    public TimeSpan Turn(Instant wall, Elapsed monotonic)
    {
        var gap = monotonic - _last;
        _last = monotonic;
        if (gap > Stall)
            _offset += (long)gap.TotalMicroseconds;
        Follow(wall, gap, monotonic);
        return gap > Stall ? gap : TimeSpan.Zero;
    }

    /// <summary>When a time of <see cref="Elapsed"/> comes, on the machine's own monotonic clock.</summary>
    public Elapsed Monotonic(Elapsed at) => new(at.Micros + _offset);

    private void Follow(Instant wall, TimeSpan gap, Elapsed monotonic)
    {
        Elapsed = new Elapsed(monotonic.Micros - _offset);
        var stepped = wall > Now + gap + DoubtfulStep;
        if (!stepped)
            _doubtEnds = null;
        else
            _doubtEnds ??= monotonic + DoubtTime;
        if (stepped && monotonic < _doubtEnds)
        {
            Now += gap;
            return;
        }
        _doubtEnds = null;
        var least = Now + (gap / 2);
        Now = wall > least ? wall : least;
    }
}
