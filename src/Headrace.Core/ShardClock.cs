namespace Headrace.Core;

/// <summary>
/// The two clocks of a shard (R20). <i>Now</i> follows the wall, takes forward steps at once and never goes back, also not behind what the last commit said.
/// While the wall is behind it, it goes on at half speed until the wall has caught up: so a retry due in a second does not wait for an hour that was set back.
/// <i>Elapsed</i> starts at 0 when the shard is loaded and stands still while the shard does: a stall extends whatever is counted in it.
/// </summary>
internal sealed class ShardClock
{
    /// <summary>More than this between two turns is a stall.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    /// <summary>A forward step of the wall beyond this is doubted.</summary>
    public static readonly TimeSpan DoubtfulStep = TimeSpan.FromHours(24);

    /// <summary>For so long a doubtful step ends nothing: if the wall comes back meanwhile, so does <see cref="Now"/>.</summary>
    public static readonly TimeSpan DoubtTime = TimeSpan.FromMinutes(15);

    private Elapsed _last;
    private long _offset;
    private Instant _trusted;
    private Elapsed? _doubtEnds;

    public Instant Now { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>A forward step of more than a day is in doubt: nothing is deleted and no deadline passes.</summary>
    public bool Doubtful => _doubtEnds is not null;

    /// <summary>What a commit remembers: not a time that is in doubt, or a wrong clock at one start would outlive its correction.</summary>
    public Instant Committed => Doubtful ? _trusted : Now;

    /// <summary>The last commit's clock, from the store; a new store's is the wall's.</summary>
    public void StartAt(Instant committed) => Now = committed;

    public void Loaded(Instant wall, Elapsed monotonic)
    {
        _offset = monotonic.Micros;
        _last = monotonic;
        if (Now == default) Now = wall;
        Follow(wall, TimeSpan.Zero, monotonic);
    }

    /// <summary>A turn begins; the answer is how long the shard has stood still, or zero.</summary>
    public TimeSpan Turn(Instant wall, Elapsed monotonic)
    {
        var gap = monotonic - _last;
        _last = monotonic;
        if (gap > Stall) _offset += (long)gap.TotalMicroseconds;
        Follow(wall, gap, monotonic);
        return gap > Stall ? gap : TimeSpan.Zero;
    }

    /// <summary>When a time of <see cref="Elapsed"/> comes, on the machine's own monotonic clock.</summary>
    public Elapsed Monotonic(Elapsed at) => new(at.Micros + _offset);

    private void Follow(Instant wall, TimeSpan gap, Elapsed monotonic)
    {
        Elapsed = new Elapsed(monotonic.Micros - _offset);
        if (Doubtful) Doubt(wall, gap, monotonic);
        else if (wall > Now + gap + DoubtfulStep) (_trusted, _doubtEnds) = (Now + gap, monotonic + DoubtTime);
        var least = (Doubtful ? _trusted : Now) + (gap / 2);
        Now = wall > least ? wall : least;
    }

    private void Doubt(Instant wall, TimeSpan gap, Elapsed monotonic)
    {
        _trusted += gap;
        if (monotonic >= _doubtEnds) _doubtEnds = null;
        // As if the step had never been: the time of this turn is added to it like any other's.
        else if (wall <= _trusted + DoubtfulStep) (Now, _doubtEnds) = (_trusted + -gap, null);
    }
}
