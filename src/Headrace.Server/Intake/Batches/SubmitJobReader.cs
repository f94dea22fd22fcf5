using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Intake.Batches;

/// <summary>Converts a Protobuf message to a job. An empty string has the same meaning as an absent value.</summary>
internal static class SubmitJobReader
{
    /// <summary>
    /// Returns the job. The job refers to <paramref name="body"/>, which contains the body of the message, but not to
    /// the message itself, so the caller can reuse the message buffer.
    /// </summary>
    public static Result<NewJob> Read(SubmitJob job, ReadOnlyMemory<byte> body, Caller caller)
    {
        if (Unsupported(job) is { } name)
            return Problem.BadRequest($"{name} is not supported. Leave it out.");
        if (job.ScheduledAt is { IsTimestamp: false })
            return Problem.BadRequest("scheduled_at is not valid. Use a timestamp between the years 1 and 9999.");
        if (job.Deadline is { IsTimestamp: false })
            return Problem.BadRequest("deadline is not valid. Use a timestamp between the years 1 and 9999.");
        if (job.TimeLimit is { IsDuration: false })
            return Problem.BadRequest("time_limit is not valid. Use a duration of at most 10,000 years.");
        if (job.Retry is { Delay: { IsDuration: false } } or { MaxDelay: { IsDuration: false } })
            return Problem.BadRequest("A delay in retry is not valid. Use a duration of at most 10,000 years.");
        if (body.IsEmpty && job.ContentType.Length > 0)
            return Problem.BadRequest("content_type is set without a body. Set body, or leave content_type out.");
        if (job.Traceparent.Length > 0 && !SubmissionTrace.IsValid(job.Traceparent))
            return Problem.BadRequest(
                $"traceparent '{QuotedText.Clip(job.Traceparent)}' is not valid. Use {SubmissionTrace.Format}."
            );
        return new SubmissionFields
        {
            Method = job.Method,
            IdempotencyKey = job.IdempotencyKey.Length == 0 ? null : job.IdempotencyKey,
            Queue = job.Queue.Length == 0 ? null : job.Queue,
            Priority = job.Priority,
            ScheduledAt = job.ScheduledAt?.ToInstant().ToDateTimeOffset(),
            Deadline = job.Deadline?.ToInstant().ToDateTimeOffset(),
            TimeLimit = job.TimeLimit?.ToTimeSpan(),
            Retries = job.Retries,
            Tags = (IReadOnlyList<string>?)job.Tags ?? [],
            Retry = job.Retry?.ToOptions() ?? RetryOptions.None,
            Traceparent = job.Traceparent.Length == 0 ? null : job.Traceparent,
            Params = job.Params.ToArray(),
            Body = body,
            ContentType =
                body.IsEmpty ? null
                : job.ContentType.Length == 0 ? ContentTypes.OctetStream
                : job.ContentType,
        }.ToJob(caller);
    }

    /// <summary>
    /// Returns the first field of the message that the server does not support, or null if it supports all of them.
    /// </summary>
    private static string? Unsupported(SubmitJob job) =>
        job.Payload is not null ? "payload"
        : job.Shard != 0 ? "shard"
        : null;
}
