using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Server.Jobs;

/// <summary>
/// Converts the history of a job to replies. The history consists of the stored attempts, plus the attempt that is
/// running or has succeeded, which is part of the job's row.
/// </summary>
internal static class AttemptView
{
    /// <summary>Returns the attempts of a job, oldest first, each with the last lines of its log.</summary>
    public static IReadOnlyList<AttemptReply> Of(
        FoundJob job,
        IEnumerable<AttemptRow> attempts,
        IEnumerable<LogRow> logs,
        int logLines
    )
    {
        var logOf = logs.ToDictionary(log => log.Lease.Attempt, log => log.Lines);
        return
        [
            .. attempts
                .Select(Of)
                .Concat(Current(job))
                .OrderBy(attempt => attempt.Attempt)
                .Select(attempt =>
                    logOf.TryGetValue(attempt.Attempt, out var lines)
                        ? attempt with
                        {
                            Log = LastLines(lines.Span, logLines),
                        }
                        : attempt
                ),
        ];
    }

    public static AttemptReply Of(AttemptRow row) =>
        new AttemptReply(
            row.Lease.Attempt,
            ToText(row.Kind),
            row.Holder.Worker.Text,
            row.Claimed.ToDateTimeOffset(),
            row.Ended.ToDateTimeOffset(),
            JobView.Of(row.Error)
        ).With(row.Metrics);

    /// <summary>Returns the attempt that is running or has succeeded, which has no separate row.</summary>
    private static IEnumerable<AttemptReply> Current(FoundJob job)
    {
        var status = job.Job.Status;
        if (status.State is not (JobState.Running or JobState.Succeeded))
            return [];
        var ended = (job as FoundJob.Ended)?.Row;
        return
        [
            new AttemptReply(
                status.Attempt,
                ended is null ? "running" : ToText(OutcomeKind.Succeeded),
                status.Holder.Worker.Text,
                status.Claimed.ToDateTimeOffset(),
                ended?.Ended.ToDateTimeOffset(),
                Error: null
            )
            {
                Started = job.Job.Started?.ToDateTimeOffset(),
            }.With(ended?.Metrics),
        ];
    }

    private static AttemptReply With(this AttemptReply attempt, AttemptMetrics? metrics) =>
        metrics is null
            ? attempt
            : attempt with
            {
                Started = metrics.Started.Micros > 0 ? metrics.Started.ToDateTimeOffset() : null,
                CpuMs = metrics.CpuMilliseconds,
                PeakBytes = metrics.PeakBytes > 0 ? metrics.PeakBytes : null,
            };

    /// <summary>
    /// Returns the last lines of a text; null if the text is empty or <paramref name="lines"/> is zero.
    /// </summary>
    private static string? LastLines(ReadOnlySpan<byte> text, int lines)
    {
        if (text.IsEmpty || lines == 0)
            return null;
        // A line break at the end of the text does not start another line.
        var start = text[^1] == '\n' ? text.Length - 1 : text.Length;
        for (var line = 0; line < lines && start >= 0; line++)
            start = text[..Math.Max(start, 0)].LastIndexOf((byte)'\n');
        return Encoding.UTF8.GetString(text[(start + 1)..]);
    }

    private static string ToText(OutcomeKind kind) =>
        kind switch
        {
            OutcomeKind.Succeeded => "succeeded",
            OutcomeKind.Failed => "failed",
            OutcomeKind.Rejected => "rejected",
            OutcomeKind.TimedOut => "timed out",
            OutcomeKind.Cancelled => "cancelled",
            OutcomeKind.Released => "released",
            OutcomeKind.Lost => "lost",
            OutcomeKind.TooLarge => "too large",
            OutcomeKind.Crashed => "crashed",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
}
