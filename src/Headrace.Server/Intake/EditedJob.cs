using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Intake;

/// <summary>
/// Creates the JSON of a new submission from an ended job and a set of changes. Each member of the changes replaces the
/// same member of the job, and null removes a member, so that its default applies (as in RFC 7396, but only for the
/// members of a submission).
/// </summary>
internal static class EditedJob
{
    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = JsonText.MaxDepth,
    };

    /// <summary>Returns the JSON of the new submission, or a problem if the changes are not a JSON object.</summary>
    public static Result<byte[]> Merge(JobSpec spec, ReadOnlyMemory<byte> payload, byte[] changes, Instant now)
    {
        if (!StrictJson.Read(changes, Parse).TryGet(out var edits, out var problem))
            return problem;
        var job = Describe(spec, payload, now);
        if (edits.ContainsKey("body") || edits.ContainsKey("bodyBase64"))
            foreach (var member in (string[])["body", "bodyBase64", "contentType"])
                job.Remove(member);
        // The members retry.max and retries both set the number of retries. The changed member takes precedence.
        if (edits["retry"] is JsonObject { } policy && policy.ContainsKey("max"))
            job.Remove("retries");
        foreach (var (member, value) in edits)
        {
            if (value is null)
                job.Remove(member);
            else
                job[member] = value.DeepClone();
        }
        return Encoding.UTF8.GetBytes(job.ToJsonString());
    }

    private static Result<JsonObject> Parse(ReadOnlySpan<byte> utf8) =>
        JsonNode.Parse(utf8, nodeOptions: null, Strict) is JsonObject edits
            ? edits
            : Problem.BadRequest(
                "The changes are not a JSON object. Send the job's members to change, for example "
                    + "{\"timeLimit\":\"5m\"}, or no body to retry the job unchanged."
            );

    /// <summary>
    /// Converts the job back to its submission. The idempotency key is omitted because it belongs to the old job. Times
    /// in the past are omitted as well.
    /// </summary>
    private static JsonObject Describe(JobSpec spec, ReadOnlyMemory<byte> payload, Instant now)
    {
        var body = InputPayload.Body(spec, payload);
        var request = new SubmitRequest
        {
            Method = new MethodRef(spec.Method, spec.Version).ToString(),
            BodyBase64 = body.IsEmpty ? null : Convert.ToBase64String(body.Span),
            ContentType = body.IsEmpty ? null : spec.ContentType,
            Queue = spec.Queue.Text,
            Priority = spec.Priority,
            ScheduledAt = spec.ScheduledAt > now ? spec.ScheduledAt.ToDateTimeOffset() : null,
            Deadline = spec.Deadline > now && spec.Deadline < Instant.Never ? spec.Deadline.ToDateTimeOffset() : null,
            TimeLimit = spec.TimeLimit > TimeSpan.Zero ? DurationText.ToText(spec.TimeLimit) : null,
            Tags = spec.Tags.Values.Count > 0 ? spec.Tags.Values : null,
            Retries = spec.Retry.Max,
            Retry = spec.Retry.HasDefaultDelays ? null : RetryText.ToTerms(spec.Retry.ToOptions() with { Max = null }),
        };
        var job = (JsonObject)JsonSerializer.SerializeToNode(request, HeadraceJson.Default.SubmitRequest)!;
        var parameters = InputPayload.Params(spec, payload);
        if (!parameters.IsEmpty)
            job["params"] = JsonNode.Parse(parameters.Span);
        return job;
    }
}
