namespace Headrace.Server.Telemetry;

/// <summary>
/// Limits the number of time series. The first values that occur get their own labels, and all later values share one
/// label. The label of a value does not change until the server restarts, so that counters never decrease.
/// </summary>
/// <param name="max">Maximum number of values with their own labels.</param>
/// <param name="other">The label that all other values share.</param>
internal sealed class LabelLimit<T>(int max, T other)
    where T : notnull
{
    private readonly HashSet<T> _own = [];

    /// <summary>The labels that have been returned so far, except the shared label.</summary>
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
    /// The label that all other queues, methods and pools share. No name can begin with an underscore, so the label
    /// never equals a name.
    /// </summary>
    public const string Other = "_other";

    /// <summary>
    /// Maximum number of queues with their own gauges. With the three states of unfinished jobs, a scrape contains
    /// about 1,000 queue series.
    /// </summary>
    public const int Queues = 200;

    /// <summary>
    /// Maximum number of pairs of a queue and a method with their own counters. With the three final states, a scrape
    /// contains up to 3,000 series for pairs. OpenTelemetry keeps 2,000 series per instrument.
    /// </summary>
    public const int Pairs = 500;

    public const int Pools = 100;

    /// <summary>
    /// Maximum number of webhooks with their own counters. It equals the maximum number of webhooks on a server.
    /// </summary>
    public const int Webhooks = 100;
}
