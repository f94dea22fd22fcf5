namespace Headrace.Worker.Leases;

/// <summary>
/// How many leases beyond its slots a worker asks for: as many as its slots run in 20 ms, which covers the round trip that brings the next ones.
/// Longer jobs are not fetched ahead at all: the round trip is small beside them, and another worker may be idle.
/// </summary>
internal sealed class PrefetchRule(int slots)
{
    private const double CoverSeconds = 0.020;
    private const int Most = 256;

    // The newest run counts an eighth: some twenty runs forget what was.
    private const double Weight = 1.0 / 8;

    private double? _mean;

    /// <summary>One until a run was measured.</summary>
    public int Prefetch => _mean is not { } mean ? 1 : mean * Most < slots * CoverSeconds ? Most : (int)Math.Min(Most, Math.Round(slots * CoverSeconds / mean));

    public void Ran(TimeSpan span)
    {
        // The clock of a turn may not have moved between start and end; nothing runs in less than a microsecond.
        var seconds = Math.Max(span.TotalSeconds, 1e-6);
        _mean = _mean is { } mean ? mean + ((seconds - mean) * Weight) : seconds;
    }
}
