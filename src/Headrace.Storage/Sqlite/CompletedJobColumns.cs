using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>The columns of <c>completed_job</c>: the job, followed by how it ended.</summary>
internal static class CompletedJobColumns
{
    /// <summary>The columns that describe how the job ended.</summary>
    public static readonly string[] Ending =
    [
        "completion_number",
        "ended",
        "reason",
        .. ErrorColumns.All,
        "result_bytes",
        "result_type",
        "received",
        "started",
        "attempt_ended",
        "cpu_ms",
        "peak_bytes",
    ];

    public static readonly string[] All = ["id", .. JobColumns.All, .. Ending];

    public static void PutEnding(Statement into, DoneRow row)
    {
        into.Put(row.Finish).Put(row.Ended.Micros).Put((long)row.Reason);
        ErrorColumns.Put(into, row.Error);
        into.Put(row.ResultBytes).PutText(row.ResultType);
        if (row.Metrics is not { } metrics)
            into.PutNull().PutNull().PutNull().PutNull().PutNull();
        else
            into.Put(metrics.Received.Micros)
                .Put(metrics.Started.Micros)
                .Put(metrics.Ended.Micros)
                .Put(metrics.CpuMilliseconds)
                .Put(metrics.PeakBytes);
    }

    public static DoneRow Take(Statement from) =>
        new(JobColumns.Take(from), from.TakeLong(), new Instant(from.TakeLong()), (FailReason)from.TakeInt())
        {
            Error = ErrorColumns.Take(from),
            ResultBytes = from.TakeLong(),
            ResultType = from.TakeTextOrNull(),
            Metrics = TakeMetrics(from),
        };

    private static AttemptMetrics? TakeMetrics(Statement from)
    {
        var (received, started, stopped, cpu, peak) = (
            from.TakeLongOrNull(),
            from.TakeLong(),
            from.TakeLong(),
            from.TakeReal(),
            from.TakeLong()
        );
        return received is null
            ? null
            : new AttemptMetrics(new Instant(received.Value), new Instant(started), new Instant(stopped), cpu, peak);
    }
}
