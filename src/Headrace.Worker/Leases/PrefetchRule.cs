namespace Headrace.Worker.Leases;

/// <summary>
/// How many leases beyond those in hand a method wants: as many as it runs in 20 ms, which covers the round trip that brings the next ones.
/// Longer jobs are not fetched ahead at all: the round trip is small beside them, and another worker may be idle.
/// </summary>
internal sealed class PrefetchRule(int atOnce)
{
    private const double CoverSeconds = 0.020;

    /// <summary>No more for one worker: a quarter of the leases it may hold, and some 2 ms of the shortest jobs there are.</summary>
    public const int Most = 256;

    // The newest run counts an eighth of a run of all lanes: some twenty turns of them forget what was.
    private readonly double _weight = 1.0 / (8 * atOnce);

    private double? _mean;

    /// <summary>So many, not rounded; null until a run was measured.</summary>
    public double? Ahead => _mean is { } mean ? Math.Min(Most, atOnce * CoverSeconds / mean) : null;

    public void Ran(TimeSpan span)
    {
        // The clock of a turn may not have moved between start and end; nothing runs in less than a microsecond.
        var seconds = Math.Max(span.TotalSeconds, 1e-6);
        _mean = _mean is { } mean ? mean + ((seconds - mean) * _weight) : seconds;
    }
}
