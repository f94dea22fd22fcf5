using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The job columns shared by <c>job</c> and <c>completed_job</c>: their names, and the code that writes and reads them
/// in the same order. A new column must be added here and in a schema step.
/// </summary>
internal static class JobColumns
{
    public static readonly string[] Spec =
    [
        "queue",
        "method",
        "version",
        "priority",
        "scheduled_at",
        "deadline",
        "time_limit",
        "retries",
        "params",
        "payload_params_bytes",
        "owner",
        "content_type",
        "body_bytes",
        "submitted",
        "tags",
        "traceparent",
        "retry",
        "retry_of",
        "parent",
        "parent_attempt",
    ];

    public static readonly string[] Status =
    [
        "state",
        "stop_request",
        "isolated",
        "attempt",
        "failures",
        "worker_crashes",
        "lost_leases",
        "ran_version",
        "next_attempt_at",
        "ready_since",
        "claimed",
        "worker",
        "incarnation",
        "exchange_number",
        "reserved_bytes",
    ];

    public static readonly string[] All = [.. Spec, .. Status];

    /// <summary>The columns of the running attempt, which only <c>job</c> has.</summary>
    public static readonly string[] Attempt = ["submission", "last_child"];

    /// <summary>The columns of an unfinished job.</summary>
    public static readonly string[] Unfinished = ["id", .. All, .. Attempt];

    public static void Bind(Statement into, JobSpec spec)
    {
        into.BindName(spec.Queue.Text)
            .BindName(spec.Method.Text)
            .Bind(spec.Version)
            .Bind(spec.Priority)
            .Bind(spec.ScheduledAt.Micros)
            .Bind(spec.Deadline == Instant.Never ? null : spec.Deadline.Micros)
            .Bind(Micros(spec.TimeLimit))
            .Bind(spec.Retries)
            .Bind(spec.Params)
            .Bind(spec.PayloadParamsBytes)
            .BindText(spec.Owner)
            .BindText(spec.ContentType)
            .Bind(spec.BodyBytes)
            .Bind(spec.Submitted.Micros);
        TagsColumn.Put(into, spec.Tags);
        into.BindText(spec.Traceparent);
        RetryColumn.Put(into, RetryColumn.DelaysOf(spec.Retry));
        into.Bind(spec.RetryOf?.Value).Bind(spec.Parent?.Lease.Job.Value).Bind((long?)spec.Parent?.Lease.Attempt);
    }

    public static void Bind(Statement into, ChildSubmission? latest) =>
        into.Bind((long?)latest?.Number).Bind(latest is { IsAccepted: true } ? (long?)latest.LastChild.Value : null);

    public static void Bind(Statement into, in JobStatus status) =>
        into.Bind((long)status.State)
            .Bind((long)status.StopRequest)
            .Bind(status.Isolated)
            .Bind(status.Attempt)
            .Bind(status.Failures)
            .Bind(status.WorkerCrashes)
            .Bind(status.LostLeases)
            .Bind(status.RanVersion)
            .Bind(status.ScheduledAt.Micros)
            .Bind(status.ReadySince.Micros)
            .Bind(status.Claimed.Micros)
            .BindName(status.Holder.Worker.Text)
            .Bind(unchecked((long)status.Holder.Incarnation.Value))
            .Bind(status.GrantedByExchange)
            .Bind(status.ReservedBytes);

    public static JobRow Read(Statement from) => new(new JobId(from.ReadLong()), ReadSpec(from), ReadStatus(from));

    public static JobRow ReadUnfinished(Statement from)
    {
        var row = Read(from);
        var (submission, lastChild) = (from.ReadLongOrNull(), from.ReadLongOrNull());
        return submission is { } number
            ? row with
            {
                LatestSubmission = new ChildSubmission((int)number, new JobId(lastChild ?? 0)),
            }
            : row;
    }

    private static JobSpec ReadSpec(Statement from)
    {
        var spec = new JobSpec
        {
            Queue = new QueueName(from.ReadText()),
            Method = new MethodName(from.ReadText()),
            Version = from.ReadInt(),
            Priority = from.ReadInt(),
            ScheduledAt = new Instant(from.ReadLong()),
            Deadline = from.ReadLongOrNull() is { } deadline ? new Instant(deadline) : Instant.Never,
            TimeLimit = TimeSpan.FromMicroseconds(from.ReadLong()),
            Retries = from.ReadInt(),
            Params = from.ReadBytes(),
            PayloadParamsBytes = from.ReadInt(),
            Owner = from.ReadText(),
            ContentType = from.ReadTextOrNull(),
            BodyBytes = from.ReadInt(),
            Submitted = new Instant(from.ReadLong()),
            Tags = TagsColumn.Take(from),
            Traceparent = from.ReadTextOrNull(),
        };
        // Most rows have the default delays and need no copy of the specification record.
        var delays = RetryColumn.Take(from);
        var origin = from.ReadLongOrNull();
        var (parent, attempt) = (from.ReadLongOrNull(), from.ReadLongOrNull());
        return delays == RetryOptions.None && origin is null && parent is null
            ? spec
            : spec with
            {
                Retry = RetryPolicy.Of(delays with { Max = spec.Retries }),
                RetryOf = origin is { } job ? new JobId(job) : null,
                Parent = parent is { } submitter
                    ? new ParentAttempt(new LeaseToken(new JobId(submitter), (int)attempt!))
                    : null,
            };
    }

    private static JobStatus ReadStatus(Statement from) =>
        new()
        {
            State = (JobState)from.ReadInt(),
            StopRequest = (StopReason)from.ReadInt(),
            Isolated = from.ReadBool(),
            Attempt = from.ReadInt(),
            Failures = from.ReadInt(),
            WorkerCrashes = from.ReadInt(),
            LostLeases = from.ReadInt(),
            RanVersion = from.ReadInt(),
            ScheduledAt = new Instant(from.ReadLong()),
            ReadySince = new Instant(from.ReadLong()),
            Claimed = new Instant(from.ReadLong()),
            Holder = ReadHolder(from),
            GrantedByExchange = from.ReadLong(),
            ReservedBytes = from.ReadLong(),
        };

    /// <summary>
    /// Reads the lease holder. A job that was never claimed has the default lease holder, whose name is null.
    /// </summary>
    private static LeaseHolder ReadHolder(Statement from) =>
        new(new WorkerName(from.ReadTextOrNull()!), new Incarnation(unchecked((ulong)from.ReadLong())));

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
