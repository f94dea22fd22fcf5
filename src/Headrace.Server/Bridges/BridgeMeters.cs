using System.Diagnostics.Metrics;
using Headrace.Bridges;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Bridges;

/// <summary>
/// Metrics for bridges: counters of the messages and results that pass through them, and gauges of those that are
/// waiting. There are at most 100 bridges.
/// </summary>
internal sealed class BridgeMeters
{
    private readonly BridgeStore _bridges;
    private readonly BridgeSupervisor _supervisor;

    public BridgeMeters(IMeterFactory meters, BridgeStore bridges, BridgeSupervisor supervisor)
    {
        (_bridges, _supervisor) = (bridges, supervisor);
        var meter = Instrumentation.CreateMeter(meters);
        meter.CreateObservableCounter(
            "headrace.bridge.messages",
            () => Read("outcome", ("accepted", status => status.Accepted), ("rejected", status => status.Rejected)),
            "{message}",
            "Messages of brokers that became jobs or dead letters"
        );
        meter.CreateObservableCounter(
            "headrace.bridge.results",
            () => Read("outcome", ("published", status => status.Published), ("repeated", status => status.Repeated)),
            "{result}",
            "Results that were published, and those omitted because the broker had them"
        );
        meter.CreateObservableGauge(
            "headrace.bridge.waiting",
            () =>
                Read(
                    "side",
                    ("messages", status => status.MessagesWaiting ?? 0),
                    ("results", status => status.ResultsWaiting ?? 0)
                ),
            "{message}",
            "Messages that wait in the broker, and results that wait to be published"
        );
        meter.CreateObservableGauge(
            "headrace.bridge.in_flight",
            () =>
                Read(
                    "side",
                    ("messages", status => status.MessagesInFlight),
                    ("results", status => status.ResultsInFlight)
                ),
            "{message}",
            "Messages that are taken and not settled, and results that are pulled and not acknowledged"
        );
        meter.CreateObservableGauge(
            "headrace.bridge.up",
            ReadConnected,
            "{bridge}",
            "1 if the bridge is connected to its broker, otherwise 0"
        );
    }

    private IEnumerable<Measurement<long>> ReadConnected() =>
        from bridge in _bridges.All()
        let isConnected = _supervisor.StatusOf(bridge.Definition).State is BridgeState.Running or BridgeState.Waiting
        select new Measurement<long>(
            isConnected ? 1 : 0,
            new KeyValuePair<string, object?>("bridge", bridge.Definition.Name)
        );

    private IEnumerable<Measurement<long>> Read(
        string label,
        params (string Value, Func<BridgeStatus, long> Of)[] parts
    ) =>
        from bridge in _bridges.All()
        let status = _supervisor.StatusOf(bridge.Definition)
        from part in parts
        select new Measurement<long>(part.Of(status), new("bridge", bridge.Definition.Name), new(label, part.Value));
}
