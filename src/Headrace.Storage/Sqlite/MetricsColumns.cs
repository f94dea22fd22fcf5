using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The columns of <c>completed_job</c> and <c>attempt</c> that contain the worker's measurements. All of them are NULL
/// if the worker reported none.
/// </summary>
internal static class MetricsColumns
{
    public static readonly string[] All = ["received", "started", "attempt_ended", "cpu_ms", "peak_bytes"];

    public static void Bind(Statement into, AttemptMetrics? metrics)
    {
        if (metrics is null)
            into.BindNull().BindNull().BindNull().BindNull().BindNull();
        else
            into.Bind(metrics.Received.Micros)
                .Bind(metrics.Started.Micros)
                .Bind(metrics.Ended.Micros)
                .Bind(metrics.CpuMilliseconds)
                .Bind(metrics.PeakBytes);
    }

    public static AttemptMetrics? Read(Statement from)
    {
        var (received, started, ended, cpu, peak) = (
            from.ReadLongOrNull(),
            from.ReadLong(),
            from.ReadLong(),
            from.ReadDouble(),
            from.ReadLong()
        );
        return received is null
            ? null
            : new AttemptMetrics(new Instant(received.Value), new Instant(started), new Instant(ended), cpu, peak);
    }
}
