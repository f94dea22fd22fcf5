using System.Diagnostics;
using System.Diagnostics.Metrics;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Traces and measures the attempts of this process, using the names from OpenTelemetry's conventions for messaging. An
/// application exports them by adding the source and the meter <c>Headrace.Worker</c>.
/// </summary>
internal static class AttemptTelemetry
{
    public const string Name = "Headrace.Worker";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Durations = Meter.CreateHistogram(
        "messaging.process.duration",
        "s",
        "Duration of attempts",
        tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600],
        }
    );

    private static readonly Histogram<int> BatchSizes = Meter.CreateHistogram(
        "headrace.batch.jobs",
        "{job}",
        "Number of jobs in a batch, for methods that take several jobs in one call",
        tags: null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] }
    );

    /// <summary>Measures a batch that a method receives.</summary>
    public static void OnBatch(string method, int jobs)
    {
        if (BatchSizes.Enabled)
            BatchSizes.Record(jobs, new TagList { { "messaging.system", "headrace" }, { "headrace.method", method } });
    }

    /// <summary>
    /// Starts the span of an attempt, which continues the trace of the submission. Returns null if the submission had
    /// no trace context and no listener is registered. The span does not become the current activity of the caller,
    /// because the attempt may run elsewhere.
    /// </summary>
    public static Activity? Start(LeasedJob job)
    {
        if (job.Traceparent.Length == 0 && !Activities.HasListeners())
            return null;
        var current = Activity.Current;
        // Without this, the span of a job without a trace context would continue the activity of the caller.
        Activity.Current = null;
        try
        {
            ActivityContext.TryParse(job.Traceparent, traceState: null, isRemote: true, out var parent);
            var span =
                Activities.CreateActivity($"process {job.Queue}", ActivityKind.Consumer, parent) ?? Unrecorded(job);
            if (span is { IsAllDataRequested: true })
                Describe(span, job);
            return span?.Start();
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Ends the span of an attempt, and measures the attempt.</summary>
    public static void End(Activity? span, LeasedJob job, OutcomeKind kind, string? errorType, TimeSpan took)
    {
        var error = kind == OutcomeKind.Succeeded ? null : errorType ?? kind.ToString();
        if (Durations.Enabled)
            Measure(job, took, error);
        if (span is null)
            return;
        if (error is not null)
            span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        // Stopping a span changes the current activity of this thread, which is not necessarily the thread that ran the
        // method.
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current == span ? null : current;
    }

    /// <summary>
    /// Creates an unrecorded activity, so that the method's calls to other services still continue the trace.
    /// </summary>
    private static Activity? Unrecorded(LeasedJob job) =>
        job.Traceparent.Length > 0 ? new Activity("process").SetParentId(job.Traceparent) : null;

    private static void Describe(Activity span, LeasedJob job) =>
        span.SetTag("messaging.system", "headrace")
            .SetTag("messaging.operation.type", "process")
            .SetTag("messaging.operation.name", "process")
            .SetTag("messaging.destination.name", job.Queue)
            .SetTag("messaging.message.id", job.Lease.Job.ToString())
            .SetTag("headrace.method", job.Method)
            .SetTag("headrace.attempt", job.Lease.Attempt);

    private static void Measure(LeasedJob job, TimeSpan took, string? error)
    {
        var tags = new TagList
        {
            { "messaging.system", "headrace" },
            { "messaging.operation.name", "process" },
            { "messaging.destination.name", job.Queue },
            { "headrace.method", job.Method },
        };
        if (error is not null)
            tags.Add("error.type", error);
        Durations.Record(took.TotalSeconds, tags);
    }
}
