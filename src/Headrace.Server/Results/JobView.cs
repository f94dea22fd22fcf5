using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Server.Results;

/// <summary>Rows of the broker → a job as people see it.</summary>
internal static class JobView
{
    public static JobReply Of(FoundJob found) =>
        found switch
        {
            FoundJob.Live live => Of(live.Row, live.Why),
            FoundJob.Ended ended => Of(ended.Row),
            _ => throw new ArgumentOutOfRangeException(nameof(found)),
        };

    public static JobReply Of(JobRow row, string? why = null)
    {
        var (spec, now) = (row.Spec, row.Now);
        return new JobReply
        {
            Id = row.Id.ToString(),
            State = now.State.Word(),
            Queue = spec.Queue.Text,
            // The version that ran says more than the one asked for.
            Method = new MethodRef(spec.Method, now.RanVersion > 0 ? now.RanVersion : spec.Version).ToString(),
            Priority = spec.Priority,
            Params = Params(spec.Params),
            Owner = spec.Owner,
            InputBytes = spec.BodyBytes,
            ContentType = spec.ContentType,
            Attempt = now.Attempt,
            Failures = now.Failures,
            Retries = spec.Retries,
            Submitted = spec.Submitted.ToDateTimeOffset(),
            Due = spec.Due > spec.Submitted ? spec.Due.ToDateTimeOffset() : null,
            Deadline = spec.Deadline < Instant.Never ? spec.Deadline.ToDateTimeOffset() : null,
            TimeLimit = spec.TimeLimit > TimeSpan.Zero ? DurationText.Write(spec.TimeLimit) : null,
            Claimed = now.Attempt > 0 ? now.Claimed.ToDateTimeOffset() : null,
            // A job that is ready again is nobody's; the row still names its last holder.
            Worker = now.State == JobState.Running || now.State.IsEnded() ? now.Holder.Worker.Text : null,
            Progress = row.Progress is { } progress
                ? new ProgressReply(double.IsFinite(progress.Fraction) ? progress.Fraction : 0, progress.Text)
                : null,
            Why = why,
            Wanted = now.Wanted == Wanted.Nothing ? null : now.Wanted.Word(),
        };
    }

    public static JobReply Of(DoneRow row)
    {
        var job = Of(row.Job);
        return job with
        {
            Reason = row.Reason == FailReason.None ? null : row.Reason.Word(),
            Started = row.Metrics?.Started.ToDateTimeOffset(),
            Ended = row.Ended.ToDateTimeOffset(),
            Wanted = null,
            Error = Of(row.Error),
            ResultBytes = row.Job.Now.State == JobState.Succeeded ? row.ResultBytes : null,
            ResultType = row.ResultType,
            ResultUrl = row.Job.Now.State == JobState.Succeeded ? $"/v1/jobs/{job.Id}/result" : null,
        };
    }

    public static ErrorReply? Of(JobError? error) =>
        error is null ? null : new ErrorReply(error.Type, error.Message, error.Detail);

    public static AttemptReply Of(AttemptRow row) =>
        new(
            row.Lease.Attempt,
            Word(row.Kind),
            row.Holder.Worker.Text,
            row.Claimed.ToDateTimeOffset(),
            row.Ended.ToDateTimeOffset(),
            Of(row.Error)
        );

    public static CountReply Of(CounterRow row) =>
        new(row.Queue.Text, row.Method.Text, row.State.Word(), row.Jobs, row.InputBytes, row.ResultBytes);

    private static JsonElement? Params(byte[] text) => text.Length == 0 ? null : JsonElement.Parse(text);

    private static string Word(OutcomeKind kind) =>
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
