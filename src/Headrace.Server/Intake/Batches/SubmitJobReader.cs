using Google.Protobuf.WellKnownTypes;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Intake.Batches;

/// <summary>Reads a job from its Protobuf form. A string that is empty means the same as one that is absent.</summary>
internal static class SubmitJobReader
{
    public static Checked<NewJob> Read(SubmitJob job, string owner)
    {
        if (
            !Time("due", job.Due).Holds(out var due, out var problem)
            || !Time("deadline", job.Deadline).Holds(out var deadline, out problem)
        )
            return problem;
        if (!Limit(job.TimeLimit).Holds(out var limit, out problem))
            return problem;
        if (job.Body.IsEmpty && job.ContentType.Length > 0)
            return Problem.BadRequest("content_type is given without a body. Give body, or leave it out.");
        return new JobTerms
        {
            Method = job.Method,
            IdempotencyKey = job.IdempotencyKey.Length == 0 ? null : job.IdempotencyKey,
            Queue = job.Queue.Length == 0 ? null : job.Queue,
            Priority = job.Priority,
            Due = due,
            Deadline = deadline,
            TimeLimit = limit,
            Retries = job.HasRetries ? job.Retries : null,
            Params = System.Text.Encoding.UTF8.GetBytes(job.Params),
            Body = job.Body.Memory,
            ContentType =
                job.Body.IsEmpty ? null
                : job.ContentType.Length == 0 ? "application/octet-stream"
                : job.ContentType,
        }.ToJob(owner);
    }

    private static Checked<DateTimeOffset?> Time(string name, Timestamp? time)
    {
        if (time is null)
            return (DateTimeOffset?)null;
        try
        {
            return time.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            return Problem.BadRequest($"{name} is no timestamp between the years 1 and 9999.");
        }
    }

    private static Checked<TimeSpan?> Limit(Duration? limit)
    {
        if (limit is null)
            return (TimeSpan?)null;
        try
        {
            return limit.ToTimeSpan();
        }
        catch (Exception unfit) when (unfit is InvalidOperationException or OverflowException)
        {
            return Problem.BadRequest("time_limit is no duration of at most 10,000 years.");
        }
    }
}
