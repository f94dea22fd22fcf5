namespace Headrace.Server.Telemetry;

/// <summary>
/// Bounds the number of time series: the first values that occur keep their own labels, and all further values share
/// one. Each label stays the same until the server restarts, so that counters never decrease.
/// </summary>
/// <param name="max">The number of values with a label of their own.</param>
/// <param name="other">The label of all further values.</param>
internal sealed class LabelLimit<T>(int max, T other)
    where T : notnull
{
    private readonly HashSet<T> _own = [];

    /// <summary>Gets the labels that have been returned so far, except the label of further values.</summary>
    public IReadOnlyCollection<T> Own => _own;

    public T LabelOf(T value)
    {
        if (_own.Contains(value))
            return value;
        if (_own.Count >= max)
            return other;
        _own.Add(value);
        return value;
    }
}

/// <summary>The limits on the labels of the server's metrics; see docs/watching.md.</summary>
internal static class LabelLimits
{
    /// <summary>
    /// The label of further queues, methods and pools. No name can begin with this character, so the label never equals
    /// a name.
    /// </summary>
    public const string Other = "_other";

    /// <summary>
    /// Number of queues with gauges of their own. With the three states of unfinished jobs, a scrape contains about
    /// 1,000 series of queues.
    /// </summary>
    public const int Queues = 200;

    /// <summary>
    /// Number of pairs of a queue and a method with counters of their own. With the three final states, a scrape
    /// contains up to 3,000 series of pairs. OpenTelemetry keeps 2,000 series of an instrument.
    /// </summary>
    public const int Pairs = 500;

    public const int Pools = 100;

    /// <summary>Number of webhooks with counters of their own, which is the number that a server may have.</summary>
    public const int Webhooks = 100;
}
