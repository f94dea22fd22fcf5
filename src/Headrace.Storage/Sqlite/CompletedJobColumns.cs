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
        .. MetricsColumns.All,
    ];

    public static readonly string[] All = ["id", .. JobColumns.All, .. Ending];

    public static void PutEnding(Statement into, DoneRow row)
    {
        into.Bind(row.CompletionNumber).Bind(row.Ended.Micros).Bind((long)row.Reason);
        ErrorColumns.Bind(into, row.Error);
        into.Bind(row.ResultBytes).BindText(row.ResultType);
        MetricsColumns.Bind(into, row.Metrics);
    }

    public static DoneRow Take(Statement from) =>
        new(JobColumns.Read(from), from.ReadLong(), new Instant(from.ReadLong()), (FailReason)from.ReadInt())
        {
            Error = ErrorColumns.Read(from),
            ResultBytes = from.ReadLong(),
            ResultType = from.ReadTextOrNull(),
            Metrics = MetricsColumns.Read(from),
        };
}
