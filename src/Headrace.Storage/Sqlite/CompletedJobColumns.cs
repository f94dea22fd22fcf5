using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The columns of <c>completed_job</c>: the columns of the job, followed by those that describe how it ended.
/// </summary>
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
        into.Bind(row.CompletionNumber).Bind(row.Ended.Micros).Bind((long)row.Reason);
        ErrorColumns.Bind(into, row.Error);
        into.Bind(row.ResultBytes).BindText(row.ResultType);
        if (row.Metrics is not { } metrics)
            into.BindNull().BindNull().BindNull().BindNull().BindNull();
        else
            into.Bind(metrics.Received.Micros)
                .Bind(metrics.Started.Micros)
                .Bind(metrics.Ended.Micros)
                .Bind(metrics.CpuMilliseconds)
                .Bind(metrics.PeakBytes);
    }

    public static DoneRow Take(Statement from) =>
        new(JobColumns.Read(from), from.ReadLong(), new Instant(from.ReadLong()), (FailReason)from.ReadInt())
        {
            Error = ErrorColumns.Read(from),
            ResultBytes = from.ReadLong(),
            ResultType = from.ReadTextOrNull(),
            Metrics = TakeMetrics(from),
        };

    private static AttemptMetrics? TakeMetrics(Statement from)
    {
        var (received, started, stopped, cpu, peak) = (
            from.ReadLongOrNull(),
            from.ReadLong(),
            from.ReadLong(),
            from.ReadDouble(),
            from.ReadLong()
        );
        return received is null
            ? null
            : new AttemptMetrics(new Instant(received.Value), new Instant(started), new Instant(stopped), cpu, peak);
    }
}
