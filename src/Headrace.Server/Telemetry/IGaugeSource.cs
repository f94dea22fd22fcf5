namespace Headrace.Server.Telemetry;

/// <summary>Gauges whose values are read before each collection, because the collection itself cannot wait.</summary>
internal interface IGaugeSource
{
    /// <summary>
    /// Reads the values. If they cannot be read now, for example because the store is unavailable, the gauges keep the
    /// values that they had.
    /// </summary>
    Task RefreshAsync(CancellationToken cancellationToken);
}
