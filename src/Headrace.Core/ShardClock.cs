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

    private Elapsed _last;
    private long _offset;

    public Instant Now { get; private set; }

    public Elapsed Elapsed { get; private set; }

    /// <summary>The last commit's clock, from the store.</summary>
    public void StartAt(Instant committed) => Now = committed;

    public void Loaded(Instant wall, Elapsed monotonic)
    {
        _offset = monotonic.Micros;
        _last = monotonic;
        Follow(wall, monotonic);
    }

    /// <summary>A turn begins; the answer is how long the shard has stood still, or zero.</summary>
    public TimeSpan Turn(Instant wall, Elapsed monotonic)
    {
        var gap = monotonic - _last;
        _last = monotonic;
        if (gap > Stall) _offset += (long)gap.TotalMicroseconds;
        Now += gap / 2;
        Follow(wall, monotonic);
        return gap > Stall ? gap : TimeSpan.Zero;
    }

    /// <summary>When a time of <see cref="Elapsed"/> comes, on the machine's own monotonic clock.</summary>
    public Elapsed Monotonic(Elapsed at) => new(at.Micros + _offset);

    private void Follow(Instant wall, Elapsed monotonic)
    {
        if (wall > Now) Now = wall;
        Elapsed = new Elapsed(monotonic.Micros - _offset);
    }
}
