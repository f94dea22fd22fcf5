using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Builds the two forms of a job submission: a raw body with everything else in the query string, and JSON with the
/// body in base64.
/// </summary>
internal static class SubmitHttpRequest
{
    private const string OctetStream = "application/octet-stream";

    // In the raw form, the server reserves these query parameter names; a job parameter with one of these names must be
    // sent as JSON.
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet([
        "method",
        "params",
        "body",
        "bodyBase64",
        "contentType",
        "queue",
        "priority",
        "scheduledAt",
        "deadline",
        "timeLimit",
        "retries",
        "retry",
        "idempotencyKey",
        "fairnessKey",
        "tags",
        "dependsOn",
        "parent",
        "wait",
    ]);

    /// <summary>
    /// Returns true when the raw form can represent the job. The job must have a body, text parameters, no retry policy
    /// or tags, and a key and a content type that are valid header values. The server then converts the text parameters
    /// according to the schema of the method. The JSON form can contain any key and content type, and the server
    /// explains why it rejects an invalid value.
    /// </summary>
    public static bool FitsRaw(JobRequest job) =>
        job.Body is not null
        && job.Params is null
        && job.Retry is null
        && job.Tags.Count == 0
        && !job.Arguments.Keys.Any(Reserved.Contains)
        && FitsHeader(job.IdempotencyKey)
        && FitsHeader(job.ContentType)
        && (job.ContentType is null || MediaTypeHeaderValue.TryParse(job.ContentType, out _));

    /// <summary>
    /// A header value can contain only printable ASCII characters, and its leading and trailing spaces are lost.
    /// </summary>
    private static bool FitsHeader(string? text) =>
        text is null || (text.All(c => c is >= ' ' and <= '~') && text.Trim() == text);

    public static HttpRequestMessage Raw(JobRequest job)
    {
        (string, string?)[] named =
        [
            ("method", job.Method),
            ("queue", job.Queue),
            ("priority", QueryText.Of(job.Priority)),
            ("scheduledAt", QueryText.Of(job.ScheduledAt)),
            ("deadline", QueryText.Of(job.Deadline)),
            ("timeLimit", Limit(job)),
            ("retries", QueryText.Of(job.Retries)),
            .. job.Arguments.Select(a => (a.Key, (string?)a.Value)),
        ];
        var content = new ReadOnlyMemoryContent(job.Body!.Value);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(job.ContentType ?? OctetStream);
        var request = new HttpRequestMessage(HttpMethod.Post, QueryText.Of("v1/jobs", named)) { Content = content };
        if (job.IdempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", job.IdempotencyKey);
        return request;
    }

    public static HttpRequestMessage Json(SubmitRequest job) =>
        new(HttpMethod.Post, "v1/jobs") { Content = JsonContent.Create(job, HeadraceJson.Default.SubmitRequest) };

    /// <summary>
    /// Builds the JSON form. The caller must already have converted text arguments to <paramref name="parameters"/>.
    /// </summary>
    public static SubmitRequest Of(JobRequest job, JsonElement? parameters) =>
        new()
        {
            Method = job.Method,
            Params = parameters,
            BodyBase64 = job.Body is { } body ? Convert.ToBase64String(body.Span) : null,
            ContentType = job.Body is null ? null : job.ContentType ?? OctetStream,
            Queue = job.Queue,
            Priority = job.Priority,
            ScheduledAt = job.ScheduledAt,
            Deadline = job.Deadline,
            TimeLimit = Limit(job),
            Retries = job.Retries,
            Tags = job.Tags.Count > 0 ? job.Tags : null,
            Retry = job.Retry is { } retry ? RetryText.ToTerms(retry) : null,
            IdempotencyKey = job.IdempotencyKey,
        };

    private static string? Limit(JobRequest job) => job.TimeLimit is { } limit ? DurationText.ToText(limit) : null;
}
