using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>
/// A job as <c>POST /v1/jobs</c> takes it. Members that the contract names and this version does not build land in
/// <see cref="Unknown"/> with the misspelt ones, and are refused by name.
/// </summary>
public sealed record JobRequest
{
    /// <summary>The method, as <c>sha512</c> or <c>sha512@1</c>.</summary>
    public string? Method { get; init; }

    /// <summary>Parameters: a JSON object that fits the method's schema.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>The body as text, UTF-8.</summary>
    public string? Body { get; init; }

    /// <summary>The body as base64, instead of <see cref="Body"/>.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary>
    /// The content type of the body; <c>text/plain</c> with <see cref="Body"/>, else <c>application/octet-stream</c>.
    /// </summary>
    public string? ContentType { get; init; }

    /// <summary>The queue; <c>default</c> without one.</summary>
    public string? Queue { get; init; }

    /// <summary>Higher goes first; 0 without one.</summary>
    public int? Priority { get; init; }

    /// <summary>Not before this time (RFC 3339).</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Fails if not succeeded by this time (RFC 3339).</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>How long one attempt may run, such as <c>"30s"</c>.</summary>
    public string? TimeLimit { get; init; }

    /// <summary>Further attempts after an error or a timeout; 3 without it.</summary>
    public int? Retries { get; init; }

    /// <summary>
    /// Your own name for the job: sent again with the same content, it is the same job; with other content it is
    /// refused.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// Members that are not known here. Settable, because the source-generated serialiser refuses an init-only home for
    /// them.
    /// </summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
