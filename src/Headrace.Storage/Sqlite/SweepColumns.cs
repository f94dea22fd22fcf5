using System.Globalization;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The columns of <c>sweep</c>. The filter is a JSON object with the parts that are set and the idempotency key of the
/// request. Earlier versions ignore this key.
/// </summary>
internal static class SweepColumns
{
    public static readonly string[] All =
    [
        "id",
        "action",
        "filter",
        "owner",
        "started",
        "job_bound",
        "completion_bound",
        "priority",
        "queue",
        "max_jobs",
        "max_bytes",
        "state",
        "cursor",
        "examined",
        "changed",
        "skipped",
        "ended",
        "waiting",
    ];

    public static void Put(Statement into, SweepRow row) =>
        into.Bind(row.Id)
            .Bind((long)row.Action)
            .Bind(ToJson(row))
            .BindText(row.Owner)
            .Bind(row.Started.Micros)
            .Bind(row.JobBound)
            .Bind(row.CompletionBound)
            .Bind(row.Priority)
            .BindName(row.Queue?.Text)
            .Bind(row.Quota?.Jobs)
            .Bind(row.Quota?.Bytes)
            .Bind((long)row.State)
            .Bind(row.Cursor)
            .Bind(row.Examined)
            .Bind(row.Changed)
            .Bind(row.Skipped)
            .Bind(row.Ended?.Micros)
            .BindText(row.Waiting)
            .Run();

    public static SweepRow Read(Statement from)
    {
        var (id, action) = (from.ReadLong(), (SweepAction)from.ReadInt());
        var (filter, key) = FromJson(from.ReadBytes());
        return new SweepRow(id, action, filter, from.ReadText(), new Instant(from.ReadLong()))
        {
            JobBound = from.ReadLong(),
            CompletionBound = from.ReadLong(),
            Priority = from.ReadInt(),
            Queue = from.ReadTextOrNull() is { } queue ? new QueueName(queue) : null,
            Quota = ReadQuota(from),
            Key = key,
            State = (SweepState)from.ReadInt(),
            Cursor = from.ReadLong(),
            Examined = from.ReadLong(),
            Changed = from.ReadLong(),
            Skipped = from.ReadLong(),
            Ended = from.ReadLongOrNull() is { } ended ? new Instant(ended) : null,
            Waiting = from.ReadTextOrNull(),
        };
    }

    private static OwnerQuota? ReadQuota(Statement from)
    {
        var (jobs, bytes) = (from.ReadLongOrNull(), from.ReadLongOrNull());
        return jobs is null && bytes is null ? null : new OwnerQuota(jobs, bytes);
    }

    private static byte[] ToJson(SweepRow row)
    {
        var filter = row.Filter;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            if (filter.State is { } state)
                writer.WriteNumber("state", (int)state);
            if (filter.UnfinishedOnly)
                writer.WriteBoolean("unfinished", true);
            if (filter.Reason is { } reason)
                writer.WriteNumber("reason", (int)reason);
            Write(writer, "queue", filter.Queue?.Text);
            Write(writer, "method", filter.Method?.Text);
            Write(writer, "worker", filter.Worker?.Text);
            Write(writer, "owner", filter.Owner);
            Write(writer, "key", filter.Key);
            if (filter.Parent is { } parent)
                writer.WriteNumber("parent", parent.Value);
            Write(writer, "text", filter.Text);
            writer.WriteNumber("from", filter.From.Micros);
            writer.WriteNumber("to", filter.To.Micros);
            writer.WriteStartArray("tags");
            foreach (var tag in filter.Tags.Values)
                writer.WriteStringValue(tag);
            writer.WriteEndArray();
            Write(writer, "idempotencyKey", row.Key?.Text);
            Write(writer, "idempotencyHash", row.Key?.Hash.ToString("x32", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, string member, string? text)
    {
        if (text is not null)
            writer.WriteString(member, text);
    }

    private static (JobFilter Filter, IdempotencyKey? Key) FromJson(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        string? Text(string member) => root.TryGetProperty(member, out var value) ? value.GetString() : null;
        var filter = new JobFilter
        {
            State = root.TryGetProperty("state", out var state) ? (JobState)state.GetInt32() : null,
            UnfinishedOnly = root.TryGetProperty("unfinished", out _),
            Reason = root.TryGetProperty("reason", out var reason) ? (FailReason)reason.GetInt32() : null,
            Queue = Text("queue") is { } queue ? new QueueName(queue) : null,
            Method = Text("method") is { } method ? new MethodName(method) : null,
            Worker = Text("worker") is { } worker ? new WorkerName(worker) : null,
            Owner = Text("owner"),
            Key = Text("key"),
            Parent = root.TryGetProperty("parent", out var parent) ? new JobId(parent.GetInt64()) : null,
            Text = Text("text"),
            From = new Instant(root.GetProperty("from").GetInt64()),
            To = new Instant(root.GetProperty("to").GetInt64()),
            Tags = JobTags.Of(root.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)),
        };
        return Text("idempotencyKey") is { } named
            ? (
                filter,
                new IdempotencyKey(
                    named,
                    UInt128.Parse(Text("idempotencyHash")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                )
            )
            : (filter, null);
    }
}
