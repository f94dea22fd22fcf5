using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The job columns shared by <c>job</c> and <c>completed_job</c>: names, writing and reading, all in the same order. A
/// new column must be added here and in a schema step.
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
        "owner",
        "content_type",
        "body_bytes",
        "submitted",
        "tags",
        "traceparent",
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

    public static void Put(Statement into, JobSpec spec)
    {
        into.PutName(spec.Queue.Text)
            .PutName(spec.Method.Text)
            .Put(spec.Version)
            .Put(spec.Priority)
            .Put(spec.Due.Micros)
            .Put(spec.Deadline == Instant.Never ? null : spec.Deadline.Micros)
            .Put(Micros(spec.TimeLimit))
            .Put(spec.Retries)
            .Put(spec.Params)
            .PutText(spec.Owner)
            .PutText(spec.ContentType)
            .Put(spec.BodyBytes)
            .Put(spec.Submitted.Micros);
        TagsColumn.Put(into, spec.Tags);
        into.PutText(spec.Traceparent);
    }

    public static void Put(Statement into, in JobProgress now) =>
        into.Put((long)now.State)
            .Put((long)now.Wanted)
            .Put(now.Alone)
            .Put(now.Attempt)
            .Put(now.Failures)
            .Put(now.Kills)
            .Put(now.Losses)
            .Put(now.RanVersion)
            .Put(now.Due.Micros)
            .Put(now.ReadySince.Micros)
            .Put(now.Claimed.Micros)
            .PutName(now.Holder.Worker.Text)
            .Put(unchecked((long)now.Holder.Incarnation.Value))
            .Put(now.Grant)
            .Put(now.ReservedBytes);

    public static JobRow Take(Statement from) => new(new JobId(from.TakeLong()), TakeSpec(from), TakeProgress(from));

    private static JobSpec TakeSpec(Statement from) =>
        new()
        {
            Queue = new QueueName(from.TakeText()),
            Method = new MethodName(from.TakeText()),
            Version = from.TakeInt(),
            Priority = from.TakeInt(),
            Due = new Instant(from.TakeLong()),
            Deadline = from.TakeLongOrNull() is { } deadline ? new Instant(deadline) : Instant.Never,
            TimeLimit = TimeSpan.FromMicroseconds(from.TakeLong()),
            Retries = from.TakeInt(),
            Params = from.TakeBytes(),
            Owner = from.TakeText(),
            ContentType = from.TakeTextOrNull(),
            BodyBytes = from.TakeInt(),
            Submitted = new Instant(from.TakeLong()),
            Tags = TagsColumn.Take(from),
            Traceparent = from.TakeTextOrNull(),
        };

    private static JobProgress TakeProgress(Statement from) =>
        new()
        {
            State = (JobState)from.TakeInt(),
            Wanted = (Wanted)from.TakeInt(),
            Alone = from.TakeBool(),
            Attempt = from.TakeInt(),
            Failures = from.TakeInt(),
            Kills = from.TakeInt(),
            Losses = from.TakeInt(),
            RanVersion = from.TakeInt(),
            Due = new Instant(from.TakeLong()),
            ReadySince = new Instant(from.TakeLong()),
            Claimed = new Instant(from.TakeLong()),
            Holder = TakeHolder(from),
            Grant = from.TakeLong(),
            ReservedBytes = from.TakeLong(),
        };

    /// <summary>A job that was never claimed has the default lease holder, whose name is null.</summary>
    private static Holder TakeHolder(Statement from) =>
        new(new WorkerName(from.TakeTextOrNull()!), new Incarnation(unchecked((ulong)from.TakeLong())));

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
