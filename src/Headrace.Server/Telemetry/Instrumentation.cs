using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Headrace.Server.Telemetry;

/// <summary>The names and bucket bounds that the server uses for metrics and traces.</summary>
internal static class Instrumentation
{
    public const string Name = "Headrace.Server";

    public static readonly ActivitySource Activities = new(Name);

    /// <summary>Bucket bounds in seconds for durations from a millisecond (a commit) to an hour (an attempt).</summary>
    public static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
        [
            0.001,
            0.0025,
            0.005,
            0.01,
            0.025,
            0.05,
            0.1,
            0.5,
            1,
            5,
            15,
            60,
            300,
            1_800,
            3_600,
        ],
    };

    /// <summary>
    /// Bucket bounds for the number of commands or jobs in a batch, up to the limit of 2,048 commands.
    /// </summary>
    public static readonly InstrumentAdvice<int> Counts = new()
    {
        HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048],
    };

    /// <summary>Returns the meter of one server. Each server in a process has a separate meter.</summary>
    public static Meter CreateMeter(IMeterFactory meters) => meters.Create(Name);
}
