using System.Text.Json;
using System.Text.Json.Serialization;
using Headrace.Core;

namespace Headrace.Protocol.Json;

/// <summary>
/// The body of <c>POST /v1/jobs</c>. Members that the contract reserves but this version does not implement are
/// collected in <see cref="Unknown"/>, together with misspelt members, and rejected by name.
/// </summary>
public sealed record SubmitRequest
{
    /// <summary>Maximum size of a job's body, in bytes.</summary>
    public const int MaxBodyBytes = Limits.InlineBytes;

    /// <summary>The name of the method, optionally with a version: <c>sha512</c> or <c>sha512@1</c>.</summary>
    public string? Method { get; init; }

    /// <summary>The parameters: a JSON object that matches the schema of the method.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>The body as UTF-8 text.</summary>
    public string? Body { get; init; }

    /// <summary>The body in base64, instead of <see cref="Body"/>.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary>
    /// The content type of the body. Default: <c>text/plain</c> with <see cref="Body"/>, and
    /// <c>application/octet-stream</c> without it.
    /// </summary>
    public string? ContentType { get; init; }

    /// <summary>The queue. Default: <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>The priority; jobs with a higher priority run first. Default: 0.</summary>
    public int? Priority { get; init; }

    /// <summary>The time before which the job does not start (RFC 3339).</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>The time by which the job must succeed; otherwise, it fails (RFC 3339).</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The maximum run time of one attempt, such as <c>"30s"</c>.</summary>
    public string? TimeLimit { get; init; }

    /// <summary>The number of further attempts after an error or a timeout. Default: 3.</summary>
    public int? Retries { get; init; }

    /// <summary>
    /// Specifies when the job runs again; <see cref="Retries"/> is the short form of its member <c>max</c>.
    /// </summary>
    public RetryTerms? Retry { get; init; }

    /// <summary>
    /// The tags that can be used to find the job, such as <c>run=7</c>: at most 16, each up to 64 characters.
    /// </summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// The idempotency key. A submission with the same key and content returns the existing job. A submission with the
    /// same key but different content is rejected.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// Members that this version does not recognize. The property is settable, because the source-generated serializer
    /// rejects init-only extension data.
    /// </summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
