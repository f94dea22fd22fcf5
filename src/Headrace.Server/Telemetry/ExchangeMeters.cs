using System.Diagnostics.Metrics;
using Headrace.Core;

namespace Headrace.Server.Telemetry;

/// <summary>Measures how long the server takes to answer worker messages.</summary>
internal sealed class ExchangeMeters
{
    private static readonly KeyValuePair<string, object?> Exchange = new("kind", "exchange");
    private static readonly KeyValuePair<string, object?> Report = new("kind", "report");

    private readonly TimeProvider _time;
    private readonly Histogram<double> _times;

    public ExchangeMeters(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _times = Instrumentation
            .CreateMeter(meters)
            .CreateHistogram(
                "headrace.exchange",
                "s",
                "Time until a worker's message was answered: a report at once, an exchange when there are jobs",
                tags: null,
                Instrumentation.Seconds
            );
    }

    /// <summary>Returns the current timestamp. Called when a message arrives.</summary>
    public long Start() => _time.GetTimestamp();

    public void Answered(Command message, long started) =>
        _times.Record(_time.GetElapsedTime(started).TotalSeconds, message is Command.Report ? Report : Exchange);
}
