namespace Headrace.Server.Telemetry;

/// <summary>
/// A source of gauges whose values are read before each collection, because the collection itself cannot wait for them.
/// </summary>
internal interface IGaugeSource
{
    /// <summary>
    /// Reads the values. If they cannot be read, for example because the store is unavailable, the gauges keep their
    /// previous values.
    /// </summary>
    Task RefreshAsync(CancellationToken cancellationToken);
}
