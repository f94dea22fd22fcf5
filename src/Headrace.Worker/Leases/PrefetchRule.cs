namespace Headrace.Worker.Leases;

/// <summary>
/// How many leases beyond those in hand a method wants: as many as it runs in 20 ms, which covers the round trip that
/// brings the next ones.
/// Longer jobs are not fetched ahead at all: the round trip is small beside them, and another worker may be idle.
/// <para>A stream wants 50 ms, because lanes that compute without a pause leave the server beside them less of the
/// processor, and of jobs up to a quarter of a second one for each lane: those that
/// were begun together end together, and each lane then wants its next at once. With fewer, half of the lanes stood
/// empty for a round trip after each job of 35 ms (docs/performance.md).</para>
/// </summary>
internal sealed class PrefetchRule(Shape shape)
{
    private const double CoverSeconds = 0.020;
    private const double StreamCoverSeconds = 0.050;
    private const double LongestInStep = 0.250;

    /// <summary>
    /// No more for one worker: a quarter of the leases it may hold, and some 2 ms of the shortest jobs there are.
    /// </summary>
    public const int Most = 256;

    private const double LongestShort = 0.001;
    private const double DeckSeconds = 0.002;

    /// <summary>
    /// Some 200 µs of the shortest jobs there are, ten turns of the loop; more would only wait longer behind one that
    /// is long for once.
    /// </summary>
    private const int MostOnDeck = 64;

    // The newest run counts an eighth of a run of all lanes: some twenty turns of them forget what was.
    private readonly double _weight = 1.0 / (8 * shape.AtOnce);

    private double? _mean;

    /// <summary>So many, not rounded; null until a run was measured.</summary>
    public double? Ahead => _mean is { } mean ? Math.Min(Most, shape.AtOnce * Lines(mean)) : null;

    /// <summary>
    /// How many short jobs a seat is handed behind the one that runs: what it runs in 2 ms, so that two of its turns
    /// with the worker's loop lie far apart, and none from a millisecond on: there
    /// a turn costs nothing beside the job.
    /// </summary>
    public int OnDeck => IsShort ? (int)Math.Min(MostOnDeck, DeckSeconds / _mean!.Value) : 0;

    /// <summary>Its jobs run for less than a millisecond, as far as is known.</summary>
    public bool IsShort => _mean < LongestShort;

    public void Ran(TimeSpan span)
    {
        // The clock of a turn may not have moved between start and end; nothing runs in less than a microsecond.
        var seconds = Math.Max(span.TotalSeconds, 1e-6);
        _mean = _mean is { } mean ? mean + ((seconds - mean) * _weight) : seconds;
    }

    /// <summary>How many for each job that it has in hand at once.</summary>
    private double Lines(double mean) =>
        shape.Kind switch
        {
            ShapeKind.Stream when mean <= LongestInStep => Math.Max(1, StreamCoverSeconds / mean),
            ShapeKind.Stream => StreamCoverSeconds / mean,
            _ => CoverSeconds / mean,
        };
}
