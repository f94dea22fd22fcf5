using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Protocol.Json;

namespace Headrace.Server.Jobs;

/// <summary>Converts the broker's rows to the reply that describes a job.</summary>
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
        var (spec, now) = (row.Spec, row.Status);
        return new JobReply
        {
            Id = row.Id.ToString(),
            State = now.State.ToWireName(),
            Queue = spec.Queue.Text,
            // If the job has run, this is the version that ran. The requested version may be unspecified.
            Method = new MethodRef(spec.Method, now.RanVersion > 0 ? now.RanVersion : spec.Version).ToString(),
            Priority = spec.Priority,
            Params = Params(spec.Params),
            Owner = spec.Owner,
            InputBytes = spec.BodyBytes,
            ContentType = spec.ContentType,
            Tags = spec.Tags.Values.Count > 0 ? spec.Tags.Values : null,
            Attempt = now.Attempt,
            Failures = now.Failures,
            Retries = spec.Retries,
            Retry = spec.Retry.HasDefaultDelays ? null : RetryText.ToTerms(spec.Retry.ToOptions()),
            RetryOf = spec.RetryOf?.ToString(),
            Parent = spec.Parent?.Lease.Job.ToString(),
            Traceparent = spec.Traceparent,
            Submitted = spec.Submitted.ToDateTimeOffset(),
            ScheduledAt = spec.ScheduledAt > spec.Submitted ? spec.ScheduledAt.ToDateTimeOffset() : null,
            Deadline = spec.Deadline < Instant.Never ? spec.Deadline.ToDateTimeOffset() : null,
            TimeLimit = spec.TimeLimit > TimeSpan.Zero ? DurationText.ToText(spec.TimeLimit) : null,
            Claimed = now.Attempt > 0 ? now.Claimed.ToDateTimeOffset() : null,
            // A job that is ready again has no lease holder, but its row still contains the name of the last holder.
            Worker =
                (now.State == JobState.Running || now.State.IsEnded()) && now.Holder != MessageMethod.Client
                    ? now.Holder.Worker.Text
                    : null,
            Started = row.Started?.ToDateTimeOffset(),
            Progress = Of(row.Progress),
            Why = why,
            StopRequested = now.StopRequest == StopReason.None ? null : now.StopRequest.ToWireName(),
        };
    }

    public static JobReply Of(DoneRow row)
    {
        var job = Of(row.Job);
        return job with
        {
            Reason = row.Reason == FailReason.None ? null : row.Reason.ToWireName(),
            // Absent if the worker did not report a start time, for example because the job ended before the worker
            // started it.
            Started = row.Metrics is { Started.Micros: > 0 } metrics ? metrics.Started.ToDateTimeOffset() : null,
            Ended = row.Ended.ToDateTimeOffset(),
            StopRequested = null,
            Error = Of(row.Error),
            ResultBytes = row.Job.Status.State == JobState.Succeeded ? row.ResultBytes : null,
            ResultType = row.ResultType,
            ResultUrl = row.Job.Status.State == JobState.Succeeded ? $"/v1/jobs/{job.Id}/result" : null,
        };
    }

    public static ErrorReply? Of(JobError? error) =>
        error is null ? null : new ErrorReply(error.Type, error.Message, error.Detail);

    public static ProgressReply? Of(Progress? progress) =>
        progress is null
            ? null
            : new ProgressReply(double.IsFinite(progress.Fraction) ? progress.Fraction : 0, progress.Text);

    public static CountReply Of(CounterRow row) =>
        new(row.Queue.Text, row.Method.Text, row.State.ToWireName(), row.Jobs, row.InputBytes, row.ResultBytes);

    private static JsonElement? Params(byte[] text) => text.Length == 0 ? null : JsonElement.Parse(text);
}
